import { ListenError } from "../../platform/http_server.ts";
import { inUrl } from "../../serve/addresses.ts";
import { ShortLivedError } from "../../serve/keeper.ts";
import { exitCodes } from "../exit_codes.ts";
import type { FaultWriter } from "./fault.ts";
import { reasonOf } from "./system_words.ts";

/** Addresses that cannot be listened on, and credentials that end too soon. */
export const faults: FaultWriter = (error) => {
  if (error instanceof ListenError) {
    const { at, code } = error;
    const where = "descriptor" in at
      ? `the socket that systemd opened (${at.descriptor})`
      : `${inUrl(at.address)}:${at.port}`;
    const [why, hint] = reasonFor(code, at);
    return {
      exit: exitCodes.refused,
      cause: code === "EADDRINUSE" ? "address_in_use" : "not_listening",
      message: `Cannot listen on ${where}: ${why}`,
      ...(hint ? { hint } : {}),
    };
  }
  if (error instanceof ShortLivedError) {
    return {
      exit: exitCodes.temporary,
      cause: "ends_too_soon",
      message: `Cannot hand out these credentials: they end in ${
        Math.max(0, error.seconds)
      } s, and AWS SDKs want 15 minutes`,
    };
  }
  return undefined;
};

function reasonFor(code: string, at: ListenError["at"]): readonly [why: string, hint?: string] {
  switch (code) {
    case "EADDRINUSE":
      return ["another program does", "choose another port, or 0 for any that is free"];
    case "EADDRNOTAVAIL":
    // What Deno makes of it.
    case "EINVAL":
      return [
        "this machine has no such address",
        "address" in at && at.address.startsWith("169.254.170.")
          ? `as root: ip address add ${at.address}/32 dev lo`
          : undefined,
      ] as [string, string?];
    case "EACCES":
      return ["ports below 1024 are for root", "choose another port, or have systemd open it"];
    case "ENOTTCP":
      return ["it is not TCP", "ListenStream=127.0.0.1:9911"];
    default:
      return [reasonOf(code)];
  }
}
