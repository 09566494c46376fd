import type { Context } from "../command.ts";

/** What can be seen without the network. */
export async function verifyOffline(
  _context: Context,
  _flags: { readonly file?: string; readonly json: boolean },
  _name: string,
): Promise<number> {
  return await Promise.resolve(9);
}
