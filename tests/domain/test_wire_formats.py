"""The text forms that are read, and nothing else (rules 1.5 to 1.7)."""

from datetime import date, time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.days import FIRST_DAY, LAST_DAY
from app.domain.errors import InvalidValue
from app.domain.wire_formats import (
    fit_name,
    fit_text,
    format_clock,
    format_local_time,
    format_mm_dd_yy,
    is_kantata_id,
    is_uuid,
    parse_clock,
    parse_day,
    parse_iso_day,
    parse_local_time,
    parse_mm_dd_yy,
    trim,
)

ARABIC_ONE, FULLWIDTH_ONE = "\u0661", "\uff11"
NO_BREAK_SPACE, NARROW_SPACE = "\u00a0", "\u202f"

days = st.dates(FIRST_DAY, LAST_DAY)
minutes = st.builds(
    time, st.integers(min_value=0, max_value=23), st.integers(min_value=0, max_value=59)
)
any_text = (
    st.text(max_size=30)
    | st.text(st.characters(codec=None), max_size=14)
    | st.text(alphabet="0123456789/-:. TZWapmAPM\n\x00\u0661\uff11\ud800", max_size=14)
)
# Here as in ``strptime`` a digit is any of Unicode's, and fullmatch allows a last newline.
almost_days = st.from_regex(r"\A\d{1,2}/\d{1,2}/\d{2}$") | st.from_regex(r"\A\d{4}-\d\d-\d\d$")
almost_times = st.from_regex(r"\A\d?\d:[0-5]\d\s?([ap]m)?$")

NOT_A_DAY_ANYWHERE = [
    pytest.param("", id="nothing"),
    pytest.param("today", id="a word"),
    pytest.param("2023", id="a year alone"),
    pytest.param("1698073015", id="seconds since 1970"),
    pytest.param("2023-11-01T00:00:00", id="a date-time"),
    pytest.param("2023-11-01T00:00:00Z", id="a date-time in a time zone"),
    pytest.param("2023-11-01 00:00", id="a date-time with a space"),
    pytest.param("2023-11-01Z", id="a day in a time zone"),
    pytest.param("20240101", id="ISO 8601 without hyphens"),
    pytest.param("2024-W01-1", id="a week date of ISO 8601"),
    pytest.param("2024W011", id="a week date of ISO 8601 without hyphens"),
    pytest.param("2024-001", id="a day of the year of ISO 8601"),
    pytest.param("2024-01", id="a month of ISO 8601"),
    pytest.param("+2024-01-01", id="an ISO year with a sign"),
    pytest.param("-2024-01-01", id="a year before our time"),
    pytest.param("12024-01-01", id="a year of five digits"),
    pytest.param("24-01-01", id="an ISO year of two digits"),
    pytest.param("2024-1-1", id="ISO without padding"),
    pytest.param("2024\u201301\u201301", id="ISO with dashes instead of hyphens"),
    pytest.param(f"2024-01-0{ARABIC_ONE}", id="ISO with an Arabic digit"),
    pytest.param(f"2024-01-0{FULLWIDTH_ONE}", id="ISO with a fullwidth digit"),
    pytest.param(" 2024-01-01", id="ISO after a space"),
    pytest.param("2024-01-01 ", id="ISO before a space"),
    pytest.param("2024-01-01\n", id="ISO before a newline"),
    pytest.param("2024-01-01\x00", id="ISO before NUL"),
    pytest.param("2024-01-01\ud800", id="ISO before a lone surrogate"),
    pytest.param("2023-02-29", id="29 February of a common year"),
    pytest.param("2024-02-30", id="30 February"),
    pytest.param("2024-13-01", id="a thirteenth month"),
    pytest.param("2024-00-01", id="a month 0"),
    pytest.param("2024-01-00", id="a day 0"),
    pytest.param("2024-01-32", id="a day 32"),
    pytest.param("0000-01-01", id="a year 0"),
    pytest.param("23/10/23", id="day and month swapped: no guessing"),
    pytest.param("13/01/23", id="a thirteenth month with slashes"),
    pytest.param("02/29/23", id="29 February of a common year with slashes"),
    pytest.param("02/30/24", id="30 February with slashes"),
    pytest.param("00/01/24", id="a month 0 with slashes"),
    pytest.param("01/00/24", id="a day 0 with slashes"),
    pytest.param("11/01/2023", id="a year of four digits with slashes"),
    pytest.param("11/01/3", id="a year of one digit"),
    pytest.param("2023/11/01", id="the year first with slashes"),
    pytest.param("011/01/23", id="three digits of month"),
    pytest.param("11/001/23", id="three digits of day"),
    pytest.param("11/01", id="no year"),
    pytest.param("11/01/", id="an empty year"),
    pytest.param("/01/23", id="an empty month"),
    pytest.param("11//23", id="an empty day"),
    pytest.param("-1/01/23", id="a negative month"),
    pytest.param("1_1/01/23", id="an underscore between digits"),
    pytest.param("11-01-23", id="hyphens with the year last"),
    pytest.param("11.01.23", id="dots"),
    pytest.param("11 / 01 / 23", id="spaces around the slashes"),
    pytest.param(" 11/01/23", id="slashes after a space"),
    pytest.param("11/01/23\n", id="slashes before a newline"),
    pytest.param("11/01/23 7:00 AM", id="slashes and a time of day"),
    pytest.param("11/01/23\x00", id="slashes before NUL"),
    pytest.param("11/01/2\ud800", id="slashes with a lone surrogate"),
    pytest.param(f"1{ARABIC_ONE}/01/23", id="slashes with an Arabic digit"),
    pytest.param(f"11/01/{FULLWIDTH_ONE}3", id="slashes with a fullwidth digit"),
    pytest.param("11\u204401\u204423", id="fraction slashes"),
]

ISO_DAYS = [
    pytest.param("2023-11-01", date(2023, 11, 1), id="padded ISO"),
    pytest.param("2024-02-29", date(2024, 2, 29), id="a leap day in ISO"),
]

PROCORE_DAYS = [
    pytest.param("11/01/23", date(2023, 11, 1), id="padded"),
    pytest.param("1/2/23", date(2023, 1, 2), id="without padding, month first"),
    pytest.param("1/02/23", date(2023, 1, 2), id="with half the padding"),
    pytest.param("10/23/23", date(2023, 10, 23), id="the seed's example"),
    pytest.param("02/29/24", date(2024, 2, 29), id="a leap day"),
    pytest.param("01/01/00", date(2000, 1, 1), id="00 is 2000"),
    pytest.param("10/23/68", date(2068, 10, 23), id="68 is 2068"),
    pytest.param("10/23/69", date(2069, 10, 23), id="69 is 2069, not 1969"),
    pytest.param("12/31/99", date(2099, 12, 31), id="99 is 2099"),
]

NOT_A_CLOCK_ANYWHERE = [
    pytest.param("", id="nothing"),
    pytest.param("noon", id="a word"),
    pytest.param("7 AM", id="no minutes"),
    pytest.param("7:5 AM", id="one digit of minutes"),
    pytest.param("7:60 AM", id="sixty minutes"),
    pytest.param("0:30 AM", id="an hour 0 with AM"),
    pytest.param("00:30 AM", id="an hour 00 with AM"),
    pytest.param("13:00 PM", id="13 with PM"),
    pytest.param("007:30 AM", id="three digits of hour"),
    pytest.param("7:30:00 AM", id="seconds with AM"),
    pytest.param("7.30 AM", id="a dot"),
    pytest.param("-7:30 AM", id="a sign"),
    pytest.param("7:30 A", id="half of AM"),
    pytest.param("7:30 A.M.", id="AM with dots"),
    pytest.param("7:30 XM", id="neither AM nor PM"),
    pytest.param("7:30  AM", id="two spaces"),
    pytest.param("7:30\nAM", id="a newline instead of the space"),
    pytest.param("7:30\tAM", id="a tab instead of the space"),
    pytest.param(f"7:30{NO_BREAK_SPACE}AM", id="a no-break space"),
    pytest.param(f"7:30{NARROW_SPACE}AM", id="a narrow no-break space"),
    pytest.param(" 7:30 AM", id="a space before"),
    pytest.param("7:30 AM ", id="a space after"),
    pytest.param("7:30 AM\n", id="a newline after"),
    pytest.param("7:30 AM\x00", id="NUL after"),
    pytest.param("7:30 \ud800M", id="a lone surrogate"),
    pytest.param(f"{ARABIC_ONE}:30 AM", id="an Arabic digit"),
    pytest.param(f"{FULLWIDTH_ONE}:30 AM", id="a fullwidth digit"),
    pytest.param("24:00", id="24 h"),
    pytest.param("7:30", id="24-hour form without padding"),
    pytest.param("07:30:00", id="24-hour form with seconds"),
    pytest.param("07:30Z", id="24-hour form in a time zone"),
    pytest.param("0730", id="24-hour form without a colon"),
    pytest.param("07:60", id="24-hour form with sixty minutes"),
    pytest.param("07:30\n", id="24-hour form before a newline"),
    pytest.param(f"0{ARABIC_ONE}:30", id="24-hour form with an Arabic digit"),
    pytest.param(f"{FULLWIDTH_ONE}1:30", id="24-hour form with a fullwidth digit"),
]

PROCORE_CLOCKS = [
    pytest.param("7:30 AM", time(7, 30), id="the seed's example"),
    pytest.param("07:30 AM", time(7, 30), id="a leading zero"),
    pytest.param("7:30AM", time(7, 30), id="no space"),
    pytest.param("7:30 am", time(7, 30), id="small letters"),
    pytest.param("3:30 pM", time(15, 30), id="mixed letters"),
    pytest.param("12:00 AM", time(0, 0), id="12:00 AM is midnight"),
    pytest.param("12:59 AM", time(0, 59), id="12:59 AM is before one"),
    pytest.param("12:00 PM", time(12, 0), id="12:00 PM is noon"),
    pytest.param("12:59 PM", time(12, 59), id="12:59 PM is before one"),
    pytest.param("1:00 AM", time(1, 0), id="1:00 AM"),
    pytest.param("11:59 PM", time(23, 59), id="the last minute"),
]

UNFIT_TEXT = [
    pytest.param("a\x00b", id="NUL"),
    pytest.param("\ud800", id="a lone high surrogate"),
    pytest.param("a\udfff", id="a lone low surrogate"),
    pytest.param("\x1b[31m", id="an escape"),
    pytest.param("\x7f", id="delete"),
    pytest.param("\x0b", id="a vertical tab"),
]


@pytest.mark.rule("1.5")
@pytest.mark.parametrize(("text", "expected"), ISO_DAYS)
@pytest.mark.parametrize("parse", [parse_iso_day, parse_day])
def test_kantata_days_are_iso(parse, text, expected):
    assert parse(text) == expected


@pytest.mark.rule("1.5")
@pytest.mark.parametrize(("text", "expected"), PROCORE_DAYS)
@pytest.mark.parametrize("parse", [parse_mm_dd_yy, parse_day])
def test_procore_days_are_month_day_year(parse, text, expected):
    assert parse(text) == expected


@pytest.mark.rule("1.5")
@pytest.mark.rule("1.7")
@pytest.mark.parametrize("text", NOT_A_DAY_ANYWHERE)
@pytest.mark.parametrize("parse", [parse_iso_day, parse_mm_dd_yy, parse_day])
def test_nothing_else_is_a_day(parse, text):
    with pytest.raises(InvalidValue):
        parse(text)


@pytest.mark.rule("1.5")
@pytest.mark.parametrize("text", ["11/01/23", "1/2/23"])
def test_kantata_takes_no_procore_days(text):
    with pytest.raises(InvalidValue, match="written YYYY-MM-DD"):
        parse_iso_day(text)


@pytest.mark.rule("1.5")
def test_procore_takes_no_iso_days():
    with pytest.raises(InvalidValue, match="written MM/DD/YY"):
        parse_mm_dd_yy("2023-11-01")


@pytest.mark.rule("1.5")
@pytest.mark.rule("6.1")
@pytest.mark.parametrize("text", ["1999-12-31", "2100-01-01", "0001-01-01", "9999-12-31"])
def test_a_day_outside_the_calendar_is_well_formed(text):
    """It can be read; that no rule admits it is for the input's own answer to say."""
    assert str(parse_iso_day(text)) == text


@pytest.mark.rule("1.5")
@pytest.mark.parametrize(
    ("day", "text"),
    [
        pytest.param(date(2023, 11, 1), "11/01/23", id="padded"),
        pytest.param(date(2005, 1, 2), "01/02/05", id="padded throughout"),
        pytest.param(date(2099, 12, 31), "12/31/99", id="the last day"),
    ],
)
def test_procore_answers_padded_days(day, text):
    assert format_mm_dd_yy(day) == text


@pytest.mark.rule("1.5")
@given(days)
def test_a_day_comes_back_from_both_forms(day):
    iso, procore = day.isoformat(), format_mm_dd_yy(day)

    assert parse_day(iso) == parse_iso_day(iso) == day
    assert parse_day(procore) == parse_mm_dd_yy(procore) == day


@pytest.mark.rule("1.6")
@pytest.mark.parametrize(("text", "expected"), PROCORE_CLOCKS)
@pytest.mark.parametrize("parse", [parse_clock, parse_local_time])
def test_procore_times_are_twelve_hour_clocks(parse, text, expected):
    assert parse(text) == expected


@pytest.mark.rule("1.6")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("00:00", time(0, 0), id="midnight"),
        pytest.param("07:30", time(7, 30), id="morning"),
        pytest.param("12:00", time(12, 0), id="noon"),
        pytest.param("23:59", time(23, 59), id="the last minute"),
    ],
)
def test_a_local_time_may_also_be_a_24_hour_clock(text, expected):
    assert parse_local_time(text) == expected


@pytest.mark.rule("1.6")
def test_procore_takes_no_24_hour_clock():
    with pytest.raises(InvalidValue, match="written H:MM AM or H:MM PM"):
        parse_clock("07:30")


@pytest.mark.rule("1.6")
@pytest.mark.rule("1.7")
@pytest.mark.parametrize("text", NOT_A_CLOCK_ANYWHERE)
@pytest.mark.parametrize("parse", [parse_clock, parse_local_time])
def test_nothing_else_is_a_time_of_day(parse, text):
    with pytest.raises(InvalidValue):
        parse(text)


@pytest.mark.rule("1.6")
@pytest.mark.parametrize(
    ("moment", "clock", "local_time"),
    [
        pytest.param(time(7, 0), "7:00 AM", "07:00", id="the seed's start, without leading zero"),
        pytest.param(time(15, 30), "3:30 PM", "15:30", id="the seed's end"),
        pytest.param(time(0, 0), "12:00 AM", "00:00", id="midnight"),
        pytest.param(time(12, 0), "12:00 PM", "12:00", id="noon"),
    ],
)
def test_times_are_answered_in_each_form(moment, clock, local_time):
    assert (format_clock(moment), format_local_time(moment)) == (clock, local_time)


@pytest.mark.rule("1.6")
@given(minutes)
def test_a_time_comes_back_from_both_forms(moment):
    clock, local_time = format_clock(moment), format_local_time(moment)

    assert parse_clock(clock) == parse_local_time(clock) == parse_local_time(local_time) == moment


@pytest.mark.rule("1.7")
@given(any_text | almost_days)
@example("\ud800")
@example("0" * 10_000)
@pytest.mark.parametrize("parse", [parse_iso_day, parse_mm_dd_yy, parse_day])
def test_any_text_is_a_day_in_ascii_or_an_invalid_value(parse, text):
    try:
        day = parse(text)
    except InvalidValue:
        return

    assert text in {str(day), *_spellings(day)}


@pytest.mark.rule("1.7")
@given(any_text | almost_times)
@example("\ud800")
@pytest.mark.parametrize("parse", [parse_clock, parse_local_time])
def test_any_text_is_a_time_in_ascii_or_an_invalid_value(parse, text):
    try:
        moment = parse(text)
    except InvalidValue:
        return

    plain = text.upper().replace(" ", "").lstrip("0")
    assert text.isascii()
    assert plain in {
        format_clock(moment).replace(" ", ""),
        format_local_time(moment).lstrip("0"),
    }


@pytest.mark.rule("6.2")
@pytest.mark.parametrize(
    "text",
    ["1", "42", "9223372036854775807", "9999999999999999999"],
)
def test_kantata_ids_are_one_to_nineteen_digits(text):
    assert is_kantata_id(text)


@pytest.mark.rule("1.7")
@pytest.mark.rule("6.2")
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("0", id="zero"),
        pytest.param("007", id="leading zeros"),
        pytest.param("1_000", id="an underscore"),
        pytest.param(" 7", id="a space"),
        pytest.param("7\n", id="a newline"),
        pytest.param("+5", id="a plus"),
        pytest.param("-5", id="a minus"),
        pytest.param("1.0", id="a fraction"),
        pytest.param("1e3", id="an exponent"),
        pytest.param(ARABIC_ONE, id="an Arabic digit"),
        pytest.param(FULLWIDTH_ONE, id="a fullwidth digit"),
        pytest.param("1" * 20, id="twenty digits"),
    ],
)
def test_nothing_else_is_a_kantata_id(text):
    assert not is_kantata_id(text)


@pytest.mark.rule("6.2")
@pytest.mark.parametrize(
    "text",
    ["a4592b47-42ae-478f-926d-e77a7f768059", "A4592B47-42AE-478F-926D-E77A7F768059"],
)
def test_procore_ids_are_uuids_in_either_case(text):
    assert is_uuid(text)


@pytest.mark.rule("6.2")
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("a4592b4742ae478f926de77a7f768059", id="no hyphens"),
        pytest.param("{a4592b47-42ae-478f-926d-e77a7f768059}", id="braces"),
        pytest.param("urn:uuid:a4592b47-42ae-478f-926d-e77a7f768059", id="a URN"),
        pytest.param("a4592b47-42ae-478f-926d-e77a7f768059\n", id="a newline"),
        pytest.param("a4592b47-42ae-478f-926d-e77a7f76805", id="a digit too few"),
        pytest.param("g4592b47-42ae-478f-926d-e77a7f768059", id="a letter beyond f"),
        pytest.param(f"{ARABIC_ONE}4592b47-42ae-478f-926d-e77a7f768059", id="an Arabic digit"),
    ],
)
def test_nothing_else_is_a_procore_id(text):
    assert not is_uuid(text)


@pytest.mark.rule("2.7")
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("medical", id="a word"),
        pytest.param("two\nlines\tand a tab\r\n", id="lines and tabs"),
        pytest.param("\U0001f3d6 in Z\u00fcrich", id="a picture and an umlaut"),
        pytest.param("\U0001f3d6" * 2_000, id="2,000 code points, however many bytes"),
    ],
)
def test_free_text_stays_as_it_came(text):
    assert fit_text(text) == text


@pytest.mark.rule("2.7")
@pytest.mark.parametrize("text", [*UNFIT_TEXT, pytest.param("x" * 2_001, id="2,001 characters")])
def test_text_that_a_database_cannot_hold_is_refused(text):
    with pytest.raises(InvalidValue, match="Text has"):
        fit_text(text)


@pytest.mark.rule("2.7")
@pytest.mark.parametrize(
    "text",
    [
        *UNFIT_TEXT,
        pytest.param("", id="nothing"),
        pytest.param(" \t", id="blanks"),
        pytest.param(f"{NO_BREAK_SPACE}", id="a no-break space"),
        pytest.param("two\nlines", id="two lines"),
        pytest.param("two\rlines", id="two lines of an old Mac"),
        pytest.param("x" * 256, id="256 characters"),
    ],
)
def test_a_name_says_something_on_one_line_of_255_characters(text):
    with pytest.raises(InvalidValue, match="Text "):
        fit_name(text)


@pytest.mark.rule("2.7")
@given(any_text)
def test_fit_text_and_names_can_be_written_as_utf_8_without_nul(text):
    for fit in (fit_text, fit_name):
        try:
            fitted = fit(text)
        except InvalidValue:
            continue
        assert fitted == text
        assert 0 not in fitted.encode()


def _spellings(day):
    month, of_month, year = day.month, day.day, f"{day.year % 100:02}"
    return {
        f"{m}/{d}/{year}"
        for m in (f"{month}", f"{month:02}")
        for d in (f"{of_month}", f"{of_month:02}")
    }


@pytest.mark.rule("6.4")
def test_a_text_is_trimmed_of_blanks_only():
    assert trim(" \t Ada Vale\n") == "Ada Vale"
    with pytest.raises(InvalidValue, match="no control characters"):
        trim("Ada\x00 ")
