import { parseDocument } from "../../sops/document.ts";
import { NotEncryptedError } from "../../sops/errors.ts";
import type { Context } from "../command.ts";
import { sopsCodes, SopsExit } from "./codes.ts";
import { asSopsExit } from "./failures.ts";
import { inputFormat, layoutFor, readInput, type Request } from "./request.ts";

/** `sops filestatus`: whether a file is encrypted, without any key. */
export async function fileStatus(context: Context, request: Request): Promise<void> {
  await layoutFor(context, request, inputFormat(request));
  try {
    const { bytes } = await readInput(request);
    context.narrow(["env"]);
    const { metadata } = await parseDocument(bytes, inputFormat(request));
    print(context, metadata.version !== "" && metadata.mac !== "");
  } catch (error) {
    if (error instanceof NotEncryptedError) return print(context, false);
    const { message, hint } = await asSopsExit(error);
    throw new SopsExit(sopsCodes.generic, message, hint);
  }
}

function print({ terminal }: Context, encrypted: boolean): void {
  terminal.line(JSON.stringify({ encrypted }));
}
