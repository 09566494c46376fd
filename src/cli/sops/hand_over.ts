import { runInForeground } from "../../platform/foreground.ts";
import { becomeProgram, LibcError } from "../../platform/libc.ts";
import { nestedMark } from "../../platform/nesting.ts";
import { findProgram } from "../../platform/programs.ts";
import type { Context } from "../command.ts";
import { sopsCodes, SopsExit } from "./codes.ts";

/**
 * Has the sops program do what it alone does, in our place: with the same arguments, input, output,
 * signals and exit code.
 *
 * @param what it is, for messages
 * @throws {SopsExit} 1, where there is no such program
 */
export async function handOver(
  context: Context,
  args: readonly string[],
  what: string,
): Promise<number> {
  const cannot = `Cannot do "sops ${what}": the sops program does it`;
  if (context.env[nestedMark]) {
    throw new SopsExit(
      sopsCodes.generic,
      `${cannot}, and "sops" on PATH is credsmith again`,
      "an alias instead of a program: alias sops='credsmith sops'",
    );
  }
  const program = findProgram("sops", context.env.PATH ?? "");
  if (program === undefined) {
    throw new SopsExit(
      sopsCodes.generic,
      `${cannot}, and it is not on PATH`,
      "install sops: nix shell nixpkgs#sops, brew install sops, or its releases on GitHub",
    );
  }
  const set = { [nestedMark]: "1" };
  try {
    becomeProgram(program, args, { set });
  } catch (error) {
    // Without a C library that we know, beside us instead of in our place.
    if (!(error instanceof LibcError)) throw error;
  }
  return (await runInForeground(program, args, { set })).code;
}
