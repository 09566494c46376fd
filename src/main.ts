import { main } from "./cli/app.ts";
import { shortcut } from "./cli/credential_process/shortcut.ts";

Deno.exit(await shortcut(Deno.args) ?? await main(Deno.args));
