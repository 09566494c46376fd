import { shellQuote } from "../../platform/command_line.ts";
import type { Check } from "./check.ts";

/** Who may not read a secret file, and what the system knows of users and groups. */
export interface Refused {
  readonly path: string;
  /** The file's group; nothing where even that is not for this user to see. */
  readonly gid: number | undefined;
  readonly uid: number;
  /** `/etc/group` and `/etc/passwd`. */
  readonly groups: string;
  readonly users: string;
  /** Whether NixOS installs these files, rather than the user. */
  readonly bySystem: boolean;
}

/**
 * Why a user may not read a secret file; pure. A session has the groups of the moment when it
 * began: who is in the group by now, and is refused all the same, has to log in again.
 *
 * @see group(5), passwd(5), credentials(7)
 */
export function refusedCheck({ path, gid, uid, groups, users, bySystem }: Refused): Check {
  const line = (text: string, id: number | undefined) =>
    text.split("\n").map((each) => each.split(":")).find((fields) => fields[2] === String(id));
  // What belongs to root's group is for nobody to join.
  const [group, , , members = ""] = gid ? line(groups, gid) ?? [] : [];
  const [user, , , primary] = line(users, uid) ?? [];
  const text = `You may not read ${path}`;
  const check = { name: "loader", status: "note" } as const;
  if (group === undefined) {
    return {
      ...check,
      text,
      cause: "secret_files_unreadable",
      fix: { text: "have an administrator give you read access" },
    };
  }
  const isMember = user !== undefined &&
    (members.split(",").includes(user) || primary === String(gid));
  if (isMember) {
    return {
      ...check,
      text: `${text} in this session`,
      details: [`You are in the group ${group}, and were not when the session began`],
      cause: "session_before_group",
      fix: { text: "log in again", remark: `for one shell: sg ${shellQuote(group)} -c bash` },
    };
  }
  return {
    ...check,
    text,
    cause: "secret_files_unreadable",
    fix: bySystem
      ? {
        text: `add ${user ? `"${user}"` : "yourself"} to credsmith.users, and switch to it`,
        remark: `the group ${group}; then log in again`,
      }
      : { text: `sudo usermod -aG ${shellQuote(group)} "$USER"`, remark: "then log in again" },
  };
}
