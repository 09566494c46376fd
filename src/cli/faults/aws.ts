import {
  NoAmbientError,
  NoKeyError,
  type PolicyFault,
  SourceError,
  type SourceProblem,
  type TagFault,
} from "../../aws/errors.ts";
import type { AmbientKind } from "../../aws/ambient.ts";
import { nearestWord } from "../../platform/spelling.ts";
import { exitCodes } from "../exit_codes.ts";
import type { Fault, FaultWriter } from "./fault.ts";

/** Profiles whose credentials cannot be come by. What AWS itself answers is worded by `verify`. */
export const faults: FaultWriter = (error) => {
  if (error instanceof SourceError) return ofSource(error);
  if (error instanceof NoAmbientError) return ofMachine(error);
  if (!(error instanceof NoKeyError)) return undefined;
  const { profile, missing, role } = error;
  const path = missing.join("/");
  return {
    exit: exitCodes.credentials,
    cause: "key_missing",
    message: `Cannot use profile "${profile}": it has no "${path}"` +
      (role ? "; it is a role, which has no key of its own" : ""),
    hint: role
      ? "take the profile whose key assumes it: its source_profile"
      : `credsmith set ${path}`,
    details: { profile },
  };
};

/** What the ways of a machine are called, and what sets each right. */
const ways: Readonly<Record<AmbientKind, readonly [name: string, hint: string]>> = {
  "web-identity": [
    "the role of the service account (IRSA)",
    "compare its trust policy with the cluster's OIDC provider, the namespace and the account",
  ],
  sso: ["single sign-on", "aws sso login"],
  login: ["aws login", "aws login"],
  "pod-identity": [
    "EKS Pod Identity",
    "look at its association: aws eks list-pod-identity-associations --cluster-name NAME",
  ],
  container: ["the container endpoint", "give the task a role, or see that its agent runs"],
  instance: ["the instance profile", "give the instance a role, with IMDSv2 and a hop limit of 2"],
};

/** In words, what of this machine answers. */
export function wayName(kind: AmbientKind): string {
  return ways[kind][0];
}

function ofMachine({ way, reason, why }: NoAmbientError): Fault {
  const details = { ...(way ? { way: way.kind } : {}), reason };
  if (way === undefined || reason === "absent") {
    return {
      exit: exitCodes.credentials,
      cause: "ambient_missing",
      message: "Cannot use what this machine has: no container, pod, sign-in or instance profile",
      hint:
        "run it where one is, sign in (aws sso login, aws login), or take a key: credsmith init",
      details,
    };
  }
  const [name, hint] = ways[way.kind];
  return {
    exit: reason === "late" ? exitCodes.temporary : exitCodes.credentials,
    cause: reason === "late" ? "ambient_late" : "ambient_failed",
    message: `Cannot use ${name}${way.by ? ` (${way.by})` : ""}: ${why}`,
    hint,
    details,
  };
}

function ofSource({ profile, path, problem }: SourceError): Fault {
  const field = path.join("/");
  const { cause, why, hint } = wordsOf(problem, field);
  return {
    exit: exitCodes.usage,
    cause,
    message: `Cannot use profile "${profile}": ${why}`,
    hint,
    details: { profile, path: field },
  };
}

interface Words {
  readonly cause: string;
  readonly why: string;
  readonly hint: string;
}

function wordsOf(problem: SourceProblem, field: string): Words {
  const set = `credsmith set ${field}`;
  const unset = `credsmith unset ${field}`;
  switch (problem.kind) {
    case "unknown kind":
      return {
        cause: "source_unknown",
        why: `"${field}" is "${problem.value}", and "ambient" is all that it can be`,
        hint: `${set} ambient`,
      };
    case "conflict":
      return {
        cause: "source_conflict",
        why: `it has "${field}" and "${problem.with.join("/")}", which exclude each other`,
        hint: `${unset}, or credsmith unset ${problem.with.join("/")}`,
      };
    case "no role":
      return {
        cause: "source_conflict",
        why: `it has "${field}" without a role that it would be for`,
        hint: `credsmith set ${problem.role.join("/")}, or ${unset}`,
      };
    case "unknown profile": {
      const near = nearestWord(problem.value, problem.known, 3);
      const known = problem.known.map((each) => `"${each}"`).join(", ");
      return {
        cause: "source_profile_unknown",
        why: `"${field}" names "${problem.value}", which is no profile of this file (${known})`,
        hint: near ? `${set} ${near}` : set,
      };
    }
    case "loop":
      return {
        cause: "source_loop",
        why: `"${field}" closes a loop: ${problem.profiles.join(" -> ")}`,
        hint: `${unset}: a role without it is assumed with the profile's own key`,
      };
    case "api key":
      return {
        cause: "source_conflict",
        why: `"${field}" names "${problem.value}", and a Bedrock API key assumes no role`,
        hint: set,
      };
    case "bad arn":
      return {
        cause: "role_arn_malformed",
        why: `"${field}" is no ARN of a role: "${problem.value}"`,
        hint: `${set} arn:aws:iam::123456789012:role/NAME`,
      };
    case "bad external id":
      return {
        cause: "external_id_malformed",
        why: `"${field}" needs 2 to 1224 letters, digits and + = , . @ : / - _`,
        hint: set,
      };
    case "bad serial":
      return {
        cause: "mfa_serial_malformed",
        why: `"${field}" is no ARN or serial number of an MFA device: "${problem.value}"`,
        hint: `${set} arn:aws:iam::123456789012:mfa/NAME`,
      };
    case "mfa without key":
      return {
        cause: "source_conflict",
        why: `"${field}" needs a long-term key, and "${problem.from}", which assumes the role, ` +
          "has none",
        hint: `put it into the profile that has the key, and ${unset}`,
      };
    case "bad duration":
      return {
        cause: "duration_malformed",
        why: `"${field}" is no duration: "${problem.value}"`,
        hint: `${set} 1h (or 90m, or 3600 for seconds)`,
      };
    case "out of range": {
      const { value, shortest, longest, chained } = problem;
      return {
        cause: chained ? "role_chain_too_long" : "duration_out_of_range",
        why: chained && longest === 3600
          ? `"${field}" is "${value}", and a role that another role assumes lasts 30m to 1h`
          : `"${field}" is "${value}", and ${shortest / 60}m to ${longest / 3600}h is possible`,
        hint: `${set} ${chained ? "1h" : `${longest / 3600}h`}`,
      };
    }
    case "too many tags":
      return {
        cause: "session_tags_malformed",
        why: `"${field}" has ${problem.count} tags, and AWS takes at most 50`,
        hint: `credsmith unset ${field}/NAME`,
      };
    case "bad tag":
      return {
        cause: "session_tags_malformed",
        why: `the tag "${shortened(problem.tag)}" of "${field}" is none: ${
          tagWords(problem.fault)
        }`,
        hint: `credsmith unset ${field}/NAME, then set it anew`,
      };
    case "bad policy":
      return {
        cause: "session_policy_malformed",
        why: `"${field}" is no session policy: ${policyWords(problem.fault)}`,
        hint: `${set} --from-file policy.json`,
      };
  }
}

function tagWords(fault: TagFault): string {
  switch (fault.kind) {
    case "no name":
      return "a tag needs a name";
    case "long name":
      return `its name has ${fault.length} of at most ${fault.most} characters`;
    case "long value":
      return `its value has ${fault.length} of at most ${fault.most} characters`;
    case "reserved name":
      return 'AWS keeps names that begin with "aws:"';
    case "characters":
      return "AWS allows letters, digits, spaces and _ . : / = + - @";
    case "twice":
      return "it is there twice, and AWS takes no notice of case";
  }
}

function policyWords(fault: PolicyFault): string {
  switch (fault.kind) {
    case "no JSON":
      return "it is not JSON";
    case "no statement":
      return 'it has no "Statement"';
    case "too long":
      return `it has ${fault.length} of at most ${fault.most} characters`;
  }
}

/** A name that is too long is not repeated whole. */
function shortened(tag: string): string {
  return tag.length > 40 ? `${tag.slice(0, 37)}...` : tag;
}
