import { type ShredFault, ShredRefusedError } from "../../hygiene/errors.ts";
import { exitCodes } from "../exit_codes.ts";
import type { FaultWriter } from "./fault.ts";

/** Files that are not destroyed. */
export const faults: FaultWriter = (error) => {
  if (!(error instanceof ShredRefusedError)) return undefined;
  const { faults } = error;
  const [first] = faults;
  if (first === undefined) return undefined;
  const absent = faults.every(({ fault }) => fault.reason === "absent");
  return {
    exit: absent ? exitCodes.usage : exitCodes.refused,
    cause: absent ? "no_such_file" : causes[first.fault.reason],
    message: [
      ...faults.map(({ file, fault }) => `Cannot destroy "${file}": ${why(fault)}`),
      ...(faults.length > 1 ? [`${faults.length} files refused; nothing was changed`] : []),
    ].join("\n"),
    hint: hints(first.fault),
    details: {
      refused: faults.map(({ file, fault }) => ({ file, cause: causes[fault.reason] })),
    },
  };
};

const causes: Readonly<Record<ShredFault["reason"], string>> = {
  "absent": "no_such_file",
  "link": "is_a_link",
  "folder": "is_a_folder",
  "no file": "not_a_file",
  "more names": "has_more_names",
  "read-only": "read_only",
  "precious": "would_lose_secrets",
};

function why(fault: ShredFault): string {
  switch (fault.reason) {
    case "absent":
      return "there is no such file";
    case "link":
      return `it is a link to "${fault.target}"`;
    case "folder":
      return "it is a folder";
    case "no file":
      return `it is a ${fault.kind}`;
    case "more names":
      return `it has ${fault.names} names (hard links), and all of them would lose their content`;
    case "read-only":
      return "it is read-only";
    case "precious":
      return fault.what === "identity"
        ? "it holds an age identity, and without it encrypted files stay closed"
        : "it is an encrypted secrets file, which holds no plaintext";
  }
}

function hints(fault: ShredFault): string | undefined {
  switch (fault.reason) {
    case "link":
      return "name the file that it leads to, or remove the link with rm";
    case "folder":
      return "--recursive destroys all files in it";
    case "more names":
      return "--hard-links destroys it all the same; find -samefile shows the names";
    case "read-only":
      return "--force destroys it all the same";
    case "precious":
      return "--force destroys it all the same; rm removes it";
    default:
      return undefined;
  }
}
