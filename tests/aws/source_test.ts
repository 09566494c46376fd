import assert from "node:assert/strict";
import { type Source, sourceOf } from "../../src/aws/source.ts";
import { type Mapping, type Node, Scalar } from "../../src/sops/tree.ts";
import { profilesOf } from "../../src/store/credentials.ts";

type Plain = { readonly [key: string]: string | Plain };

function mapping(value: Plain): Mapping {
  const node = (each: string | Plain): Node =>
    typeof each === "string" ? new Scalar("str", each) : mapping(each);
  return {
    kind: "mapping",
    entries: Object.entries(value).map(([key, each]) => ({ kind: "pair", key, value: node(each) })),
  };
}

const profiles = (value: Plain) => profilesOf({ tree: { documents: [mapping(value)] } });

const key = { access_key_id: "AKIAIOSFODNN7EXAMPLE", secret_access_key: "s".repeat(40) };
const topKey = { aws_access_key_id: "AKIATOP", aws_secret_access_key: "s" };
const role = { role_arn: "arn:aws:iam::123456789012:role/team/ci" };
const mfa = "arn:aws:iam::123456789012:mfa/me";

/** A source without its secrets, as one line. */
function line(source: Source): string {
  const { kind, profile } = source;
  if (kind !== "role") {
    const more = kind === "static"
      ? `:${source.credentials.accessKeyId}${source.credentials.sessionToken ? "+token" : ""}` +
        `${source.mfaSerial ? "+mfa" : ""}${source.duration ? `+${source.duration}` : ""}`
      : "";
    return `${kind}(${profile})${more}`;
  }
  const { duration, tags, policy, externalId, mfaSerial, from } = source;
  const more = [
    duration,
    ...[...tags].map(([name, value]) => `${name}=${value}`),
    ...(policy ? ["policy"] : []),
    ...(externalId ? [`id=${externalId}`] : []),
    ...(mfaSerial ? ["mfa"] : []),
  ];
  return `role(${profile};${more.join(";")}) < ${line(from)}`;
}

const found: readonly [string, Plain, string][] = [
  ["a key", { ci: key }, "static(ci):AKIAIOSFODNN7EXAMPLE"],
  [
    "a session token as it is",
    { ci: { ...key, session_token: "t" } },
    "static(ci):AKIAIOSFODNN7EXAMPLE+token",
  ],
  [
    "a key with a device and a duration",
    { ci: { ...key, mfa_serial: mfa, duration: "36h" } },
    "static(ci):AKIAIOSFODNN7EXAMPLE+mfa+129600",
  ],
  ["an API key", { ci: { bedrock_api_key: "b" } }, "api-key(ci)"],
  ["an API key before a key", { ci: { ...key, bedrock_api_key: "b" } }, "api-key(ci)"],
  ["what the machine has", { ci: { source: "ambient" } }, "ambient(ci)"],
  [
    "a role with the profile's own key",
    { ci: { ...key, ...role } },
    "role(ci;3600) < static(ci):AKIAIOSFODNN7EXAMPLE",
  ],
  [
    "a role before an API key",
    { ci: { ...key, ...role, bedrock_api_key: "b" } },
    "role(ci;3600) < static(ci):AKIAIOSFODNN7EXAMPLE",
  ],
  ["a role with another profile, before its own key", {
    ci: { ...role, ...key, source_profile: "base" },
    base: { ...key, access_key_id: "AKIABASE" },
  }, "role(ci;3600) < static(base):AKIABASE"],
  [
    "a role with the default profile",
    { ci: { ...role, source_profile: "default" } },
    "role(ci;3600) < static(default):AKIATOP",
  ],
  ["a role with the key beside an API key", {
    ci: { ...role, source_profile: "b" },
    b: { ...key, bedrock_api_key: "b" },
  }, "role(ci;3600) < static(b):AKIAIOSFODNN7EXAMPLE"],
  [
    "a role with what the machine has",
    { ci: { ...role, source: "ambient" } },
    "role(ci;3600) < ambient(ci)",
  ],
  ["a role of a role", {
    ci: { ...role, source_profile: "hub", duration: "1h" },
    hub: { ...role, ...key, duration: "12h" },
  }, "role(ci;3600) < role(hub;43200) < static(hub):AKIAIOSFODNN7EXAMPLE"],
  ["all that a role can have", {
    ci: {
      ...role,
      ...key,
      external_id: "ab",
      mfa_serial: mfa,
      duration: "1h30m",
      session_tags: { team: "a b", empty: "" },
      session_policy: '{"Statement":[]}',
    },
  }, "role(ci;5400;team=a b;empty=;policy;id=ab;mfa) < static(ci):AKIAIOSFODNN7EXAMPLE"],
  [
    "seconds without a unit",
    { ci: { ...role, ...key, duration: "1800" } },
    "role(ci;1800) < static(ci):AKIAIOSFODNN7EXAMPLE",
  ],
];
for (const [name, below, expected] of found) {
  Deno.test(`sourceOf: ${name}`, () => {
    assert.equal(line(sourceOf(profiles({ ...topKey, profiles: below }), "ci")), expected);
  });
}

Deno.test("sourceOf: the names at the top level", () => {
  const top = {
    ...topKey,
    aws_role_arn: role.role_arn,
    aws_external_id: "ab",
    aws_mfa_serial: mfa,
    aws_duration: "2h",
    aws_session_tags: { team: "x" },
    aws_session_policy: '{"Statement":[]}',
  };
  assert.equal(
    line(sourceOf(profiles(top), "default")),
    "role(default;7200;team=x;policy;id=ab;mfa) < static(default):AKIATOP",
  );
  assert.equal(line(sourceOf(profiles({ aws_source: "ambient" }), "default")), "ambient(default)");
  assert.equal(
    line(sourceOf(profiles({ bedrock: { api_key: "b" } }), "default")),
    "api-key(default)",
  );
});

const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`t${index}`, "x"]));
const assumed = { ...role, ...key };
const refused: readonly [string, Plain, string, object][] = [
  ["an unknown source_profile", { ci: { ...role, source_profile: "bass" } }, "source_profile", {
    kind: "unknown profile",
    value: "bass",
    known: ["default", "ci"],
  }],
  [
    "a profile that is its own source",
    { ci: { ...assumed, source_profile: "ci" } },
    "source_profile",
    { kind: "loop", profiles: ["ci", "ci"] },
  ],
  [
    "a loop of two",
    { ci: { ...role, source_profile: "b" }, b: { ...role, source_profile: "ci" } },
    "source_profile",
    { kind: "loop", profiles: ["ci", "b", "ci"] },
  ],
  [
    "a loop further on",
    {
      ci: { ...role, source_profile: "b" },
      b: { ...role, source_profile: "c" },
      c: { ...role, source_profile: "b" },
    },
    "source_profile",
    { kind: "loop", profiles: ["b", "c", "b"] },
  ],
  [
    "a chain of more than an hour",
    { ci: { ...role, source_profile: "b", duration: "2h" }, b: assumed },
    "duration",
    { kind: "out of range", value: "2h", shortest: 1800, longest: 3600, chained: true },
  ],
  [
    "more than an hour from what the machine has",
    { ci: { ...role, source: "ambient", duration: "3601" } },
    "duration",
    { kind: "out of range", value: "3601", shortest: 1800, longest: 3600, chained: true },
  ],
  ["a role of more than 12 hours", { ci: { ...assumed, duration: "13h" } }, "duration", {
    kind: "out of range",
    value: "13h",
    shortest: 1800,
    longest: 43200,
    chained: false,
  }],
  ["a session of more than 36 hours", { ci: { ...key, duration: "37h" } }, "duration", {
    kind: "out of range",
    value: "37h",
    shortest: 1800,
    longest: 129600,
    chained: false,
  }],
  ["less than half an hour", { ci: { ...key, duration: "29m59s" } }, "duration", {
    kind: "out of range",
    value: "29m59s",
    shortest: 1800,
    longest: 129600,
    chained: false,
  }],
  ["a duration in words", { ci: { ...key, duration: "an hour" } }, "duration", {
    kind: "bad duration",
    value: "an hour",
  }],
  ["a duration below nothing", { ci: { ...key, duration: "-1h" } }, "duration", {
    kind: "bad duration",
    value: "-1h",
  }],
  ["another kind of source", { ci: { source: "vault" } }, "source", {
    kind: "unknown kind",
    value: "vault",
  }],
  ["ambient beside a key", { ci: { source: "ambient", ...key } }, "source", {
    kind: "conflict",
    with: ["profiles", "ci", "access_key_id"],
  }],
  ["ambient beside an API key", { ci: { source: "ambient", bedrock_api_key: "b" } }, "source", {
    kind: "conflict",
    with: ["profiles", "ci", "bedrock_api_key"],
  }],
  [
    "ambient beside another profile",
    { ci: { ...role, source: "ambient", source_profile: "default" } },
    "source",
    { kind: "conflict", with: ["profiles", "ci", "source_profile"] },
  ],
  [
    "a device beside a session token",
    { ci: { ...key, session_token: "t", mfa_serial: mfa } },
    "mfa_serial",
    { kind: "conflict", with: ["profiles", "ci", "session_token"] },
  ],
  ["another profile without a role", { ci: { source_profile: "default" } }, "source_profile", {
    kind: "no role",
    role: ["profiles", "ci", "role_arn"],
  }],
  ["a session policy without a role", { ci: { ...key, session_policy: "{}" } }, "session_policy", {
    kind: "no role",
    role: ["profiles", "ci", "role_arn"],
  }],
  ["tags without a role", { ci: { ...key, session_tags: { a: "b" } } }, "session_tags", {
    kind: "no role",
    role: ["profiles", "ci", "role_arn"],
  }],
  [
    "a role by an API key",
    { ci: { ...role, source_profile: "b" }, b: { bedrock_api_key: "b" } },
    "source_profile",
    { kind: "api key", value: "b" },
  ],
  [
    "a device for a role of a role",
    { ci: { ...role, source_profile: "b", mfa_serial: mfa }, b: assumed },
    "mfa_serial",
    { kind: "mfa without key", from: "b" },
  ],
  [
    "a device for a role of a session",
    { ci: { ...role, source_profile: "b", mfa_serial: mfa }, b: { ...key, session_token: "t" } },
    "mfa_serial",
    { kind: "mfa without key", from: "b" },
  ],
  [
    "an ARN of a user",
    { ci: { ...key, role_arn: "arn:aws:iam::123456789012:user/me" } },
    "role_arn",
    { kind: "bad arn", value: "arn:aws:iam::123456789012:user/me" },
  ],
  [
    "an account of 11 digits",
    { ci: { ...key, role_arn: "arn:aws:iam::12345678901:role/me" } },
    "role_arn",
    { kind: "bad arn", value: "arn:aws:iam::12345678901:role/me" },
  ],
  ["an external id with a space", { ci: { ...assumed, external_id: "a b" } }, "external_id", {
    kind: "bad external id",
  }],
  ["a device with a space", { ci: { ...key, mfa_serial: "my own phone" } }, "mfa_serial", {
    kind: "bad serial",
    value: "my own phone",
  }],
  ["51 tags", { ci: { ...assumed, session_tags: many } }, "session_tags", {
    kind: "too many tags",
    count: 51,
  }],
  [
    "a name of 129 characters",
    { ci: { ...assumed, session_tags: { ["n".repeat(129)]: "x" } } },
    "session_tags",
    { kind: "bad tag", tag: "n".repeat(129), fault: { kind: "long name", length: 129, most: 128 } },
  ],
  [
    "a value of 257 characters",
    { ci: { ...assumed, session_tags: { a: "x".repeat(257) } } },
    "session_tags",
    { kind: "bad tag", tag: "a", fault: { kind: "long value", length: 257, most: 256 } },
  ],
  ["a tag of AWS's own", { ci: { ...assumed, session_tags: { "AWS:x": "x" } } }, "session_tags", {
    kind: "bad tag",
    tag: "AWS:x",
    fault: { kind: "reserved name" },
  }],
  ["a tag with a semicolon", { ci: { ...assumed, session_tags: { a: "x;y" } } }, "session_tags", {
    kind: "bad tag",
    tag: "a",
    fault: { kind: "characters" },
  }],
  [
    "a tag twice but for its case",
    { ci: { ...assumed, session_tags: { a: "x", A: "x" } } },
    "session_tags",
    { kind: "bad tag", tag: "A", fault: { kind: "twice" } },
  ],
  [
    "a session policy that is no JSON",
    { ci: { ...assumed, session_policy: "Allow *" } },
    "session_policy",
    { kind: "bad policy", fault: { kind: "no JSON" } },
  ],
  [
    "a session policy that is a list",
    { ci: { ...assumed, session_policy: "[]" } },
    "session_policy",
    { kind: "bad policy", fault: { kind: "no statement" } },
  ],
  [
    "a session policy that is too long",
    { ci: { ...assumed, session_policy: `{"Statement":[]${" ".repeat(2100)}}` } },
    "session_policy",
    { kind: "bad policy", fault: { kind: "too long", length: 2116, most: 2048 } },
  ],
];
for (const [name, below, field, problem] of refused) {
  Deno.test(`sourceOf refuses ${name}`, () => {
    assert.throws(
      () => sourceOf(profiles({ ...topKey, profiles: below }), "ci"),
      (error: Error) => {
        const thrown = error as Error & { path: string[]; problem: object };
        assert.equal(thrown.name, "SourceError", String(error));
        assert.equal(thrown.path.at(-1), field);
        assert.deepEqual(thrown.problem, problem);
        return true;
      },
    );
  });
}

Deno.test("sourceOf: nothing, half a key and an unknown profile", () => {
  const some = profiles({ profiles: { empty: { region: "r" }, half: { access_key_id: "A" } } });
  const missing = (name: string, ...path: string[]) =>
    assert.throws(() => sourceOf(some, name), { name: "NoKeyError", missing: path });
  missing("empty", "profiles", "empty", "access_key_id");
  missing("half", "profiles", "half", "secret_access_key");
  assert.throws(() => sourceOf(some, "prod"), { name: "ProfileError", reason: "unknown" });
});
