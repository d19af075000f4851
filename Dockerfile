# The gateway as a container: its pages built in, without root, on a root file system that
# may be read-only. docs/install.md says how it is run.
#
#   docker build --tag timeoff-gateway .

FROM node:22-slim AS pages
WORKDIR /src
COPY graphql_schema/schema.graphql graphql_schema/schema.graphql
COPY app/web app/web
RUN app/web/calendar/build && app/web/graphiql/build

FROM python:3.13-slim AS packages
WORKDIR /src
# The locked packages, checked by their hashes. What builds the wheel stays in this stage.
COPY requirements requirements
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --no-deps --require-hashes -r requirements/build.txt \
    && python -m venv --without-pip /opt/timeoff \
    && /opt/build/bin/pip --python /opt/timeoff/bin/python install \
        --no-deps --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md CHANGELOG.md LICENSE ./
COPY docs docs
COPY graphql_schema graphql_schema
COPY app app
COPY --from=pages /src/app/web/calendar/dist app/web/calendar/dist
COPY --from=pages /src/app/web/graphiql/dist app/web/graphiql/dist
RUN /opt/build/bin/python -m hatchling build -t wheel -d /wheel \
    && /opt/build/bin/pip --python /opt/timeoff/bin/python install --no-deps /wheel/*.whl

FROM python:3.13-slim
# A user by its number, so that orchestrators see that it is not root.
RUN groupadd --gid 10001 timeoff \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/timeoff-gateway \
        --shell /usr/sbin/nologin timeoff \
    && install --directory --owner 10001 --group 10001 --mode 0700 /var/lib/timeoff-gateway
COPY --from=packages /opt/timeoff /opt/timeoff
# The embedded database is timeoff-gateway/timeoff.db below XDG_DATA_HOME.
ENV PATH=/opt/timeoff/bin:/usr/local/bin:/usr/bin:/bin \
    XDG_DATA_HOME=/var/lib \
    TIMEOFF_HOST=0.0.0.0 \
    TIMEOFF_MODE=production \
    TIMEOFF_DEMO=false
USER 10001:10001
WORKDIR /var/lib/timeoff-gateway
VOLUME /var/lib/timeoff-gateway
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 CMD ["timeoff", "health"]
ENTRYPOINT ["timeoff"]
CMD ["serve"]
