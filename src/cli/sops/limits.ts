import { sopsCodes, SopsExit } from "./codes.ts";

/** What sops has and this command does not. */
export function unsupported(what: string): SopsExit {
  return new SopsExit(
    sopsCodes.generic,
    `Cannot do "${what}": it is not part of credsmith`,
    "the sops program does it; both work on the same files",
  );
}
