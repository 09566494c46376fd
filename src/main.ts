import { main } from "./cli/app.ts";

Deno.exit(await main(Deno.args));
