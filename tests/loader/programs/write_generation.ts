/** Writes a generation of secret files: FOLDER VALUE. Every file has the same value. */
import { writeGeneration } from "../../../src/platform/generations.ts";

const [folder = "", value = ""] = Deno.args;
const bytes = new TextEncoder().encode(value);
await writeGeneration(folder, new Map([["id", bytes], ["secret", bytes]]));
