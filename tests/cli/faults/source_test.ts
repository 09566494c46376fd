import assert from "node:assert/strict";
import { NoAmbientError, SourceError, type SourceProblem } from "../../../src/aws/errors.ts";
import { explain } from "../../../src/cli/faults.ts";

const path = (field: string) => ["profiles", "ci", field];
const at = (field: string) => `"profiles/ci/${field}"`;

const cases: readonly (readonly [string, SourceProblem, string, string, RegExp])[] = [
  [
    "source",
    { kind: "unknown kind", value: "vault" },
    "source_unknown",
    `${at("source")} is "vault", and "ambient" is all that it can be`,
    /set profiles\/ci\/source ambient$/,
  ],
  [
    "source",
    { kind: "conflict", with: path("access_key_id") },
    "source_conflict",
    `it has ${at("source")} and ${at("access_key_id")}, which exclude each other`,
    /^credsmith unset profiles\/ci\/source, or credsmith unset profiles\/ci\/access_key_id$/,
  ],
  [
    "session_policy",
    { kind: "no role", role: path("role_arn") },
    "source_conflict",
    `it has ${at("session_policy")} without a role that it would be for`,
    /^credsmith set profiles\/ci\/role_arn, or/,
  ],
  [
    "source_profile",
    { kind: "unknown profile", value: "bass", known: ["default", "base"] },
    "source_profile_unknown",
    `${at("source_profile")} names "bass", which is no profile of this file ("default", "base")`,
    /source_profile base$/,
  ],
  [
    "source_profile",
    { kind: "loop", profiles: ["ci", "b", "ci"] },
    "source_loop",
    `${at("source_profile")} closes a loop: ci -> b -> ci`,
    /^credsmith unset profiles\/ci\/source_profile: a role without it/,
  ],
  [
    "source_profile",
    { kind: "api key", value: "b" },
    "source_conflict",
    `${at("source_profile")} names "b", and a Bedrock API key assumes no role`,
    /set/,
  ],
  [
    "role_arn",
    { kind: "bad arn", value: "ci" },
    "role_arn_malformed",
    `${at("role_arn")} is no ARN of a role: "ci"`,
    /arn:aws:iam::123456789012:role\/NAME$/,
  ],
  [
    "external_id",
    { kind: "bad external id" },
    "external_id_malformed",
    `${at("external_id")} needs 2 to 1224 letters, digits and + = , . @ : / - _`,
    /set/,
  ],
  [
    "mfa_serial",
    { kind: "bad serial", value: "my phone" },
    "mfa_serial_malformed",
    `${at("mfa_serial")} is no ARN or serial number of an MFA device: "my phone"`,
    /:mfa\/NAME$/,
  ],
  [
    "mfa_serial",
    { kind: "mfa without key", from: "hub" },
    "source_conflict",
    `${at("mfa_serial")} needs a long-term key, and "hub", which assumes the role, has none`,
    /into the profile that has the key/,
  ],
  [
    "duration",
    { kind: "bad duration", value: "long" },
    "duration_malformed",
    `${at("duration")} is no duration: "long"`,
    /duration 1h \(or 90m, or 3600 for seconds\)$/,
  ],
  [
    "duration",
    { kind: "out of range", value: "37h", shortest: 1800, longest: 129600, chained: false },
    "duration_out_of_range",
    `${at("duration")} is "37h", and 30m to 36h is possible`,
    /duration 36h$/,
  ],
  [
    "duration",
    { kind: "out of range", value: "2h", shortest: 1800, longest: 3600, chained: true },
    "role_chain_too_long",
    `${at("duration")} is "2h", and a role that another role assumes lasts 30m to 1h`,
    /duration 1h$/,
  ],
  [
    "session_tags",
    { kind: "too many tags", count: 51 },
    "session_tags_malformed",
    `${at("session_tags")} has 51 tags, and AWS takes at most 50`,
    /session_tags\/NAME$/,
  ],
  [
    "session_tags",
    { kind: "bad tag", tag: "n".repeat(129), fault: { kind: "long name", length: 129, most: 128 } },
    "session_tags_malformed",
    `the tag "${"n".repeat(37)}..." of ${
      at("session_tags")
    } is none: its name has 129 of at most 128 characters`,
    /session_tags\/NAME/,
  ],
  [
    "session_policy",
    { kind: "bad policy", fault: { kind: "no JSON" } },
    "session_policy_malformed",
    `${at("session_policy")} is no session policy: it is not JSON`,
    /session_policy --from-file policy\.json$/,
  ],
];
for (const [field, problem, cause, why, hint] of cases) {
  Deno.test(`a source that cannot be: ${problem.kind} of ${field} -> ${cause}`, async () => {
    const fault = await explain(new SourceError("ci", path(field), problem));
    assert.deepEqual([fault.exit, fault.cause], [2, cause]);
    assert.equal(fault.message, `Cannot use profile "ci": ${why}`);
    assert.match(fault.hint ?? "", hint);
  });
}

const machine = [
  [
    undefined,
    "absent",
    "",
    5,
    "ambient_missing",
    "Cannot use what this machine has: no container, pod, sign-in or instance profile",
    /aws sso login/,
  ],
  [
    { kind: "instance", by: "nothing else" },
    "absent",
    "refused",
    5,
    "ambient_missing",
    "Cannot use what this machine has: no container, pod, sign-in or instance profile",
    /credsmith init$/,
  ],
  [
    { kind: "sso", by: "~/.aws/config:3" },
    "failed",
    "the session has expired",
    5,
    "ambient_failed",
    "Cannot use single sign-on (~/.aws/config:3): the session has expired",
    /^aws sso login$/,
  ],
  [
    { kind: "container", by: "AWS_CONTAINER_CREDENTIALS_FULL_URI" },
    "late",
    "no answer within 3 s",
    7,
    "ambient_late",
    "Cannot use the container endpoint (AWS_CONTAINER_CREDENTIALS_FULL_URI): no answer within 3 s",
    /agent runs$/,
  ],
] as const;
for (const [way, reason, why, exit, cause, message, hint] of machine) {
  Deno.test(`what this machine has: ${way?.kind} ${reason} -> ${cause}`, async () => {
    const fault = await explain(new NoAmbientError(way, reason, why));
    assert.deepEqual([fault.exit, fault.cause, fault.message], [exit, cause, message]);
    assert.match(fault.hint ?? "", hint);
  });
}

const unfit: readonly (readonly [SourceProblem, words: string])[] = [
  [{ kind: "bad tag", tag: "a", fault: { kind: "no name" } }, "a tag needs a name"],
  [
    { kind: "bad tag", tag: "a", fault: { kind: "long value", length: 257, most: 256 } },
    "its value has 257 of at most 256 characters",
  ],
  [
    { kind: "bad tag", tag: "aws:x", fault: { kind: "reserved name" } },
    'AWS keeps names that begin with "aws:"',
  ],
  [
    { kind: "bad tag", tag: "a", fault: { kind: "characters" } },
    "AWS allows letters, digits, spaces and _ . : / = + - @",
  ],
  [
    { kind: "bad tag", tag: "a", fault: { kind: "twice" } },
    "it is there twice, and AWS takes no notice of case",
  ],
  [{ kind: "bad policy", fault: { kind: "no statement" } }, 'it has no "Statement"'],
  [
    { kind: "bad policy", fault: { kind: "too long", length: 2049, most: 2048 } },
    "it has 2049 of at most 2048 characters",
  ],
];
for (const [problem, words] of unfit) {
  Deno.test(`a source that cannot be says: ${words}`, async () => {
    const { message } = await explain(new SourceError("ci", path("session_tags"), problem));
    assert.ok(message.endsWith(`: ${words}`), message);
  });
}
