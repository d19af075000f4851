// What build.mjs makes of a language's messages.
declare module "*.json" {
  const messages: import("./messages").Compiled;
  export default messages;
}
