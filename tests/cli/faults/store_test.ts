import assert from "node:assert/strict";
import { explain } from "../../../src/cli/faults.ts";
import {
  ConflictError,
  FileError,
  LockTimeoutError,
  ProgramError,
  RuntimeFolderError,
} from "../../../src/platform/errors.ts";
import {
  IdentityError,
  IntegrityError,
  InvalidRuleError,
  MetadataError,
  NoIdentityError,
  NoRuleError,
  NotEncryptedError,
  PathError,
  RecipientError,
  UnsupportedError,
  ValueError,
} from "../../../src/sops/errors.ts";
import { FormatError, UnholdableError } from "../../../src/sops/tree.ts";
import {
  NoRulesFileError,
  NoSecretsFileError,
  PlaintextCredentialError,
  ProfileError,
  ReadBackError,
  SecretsFileError,
} from "../../../src/store/errors.ts";

const file = "secrets/aws.yaml";
const open = (cause: Error) => new SecretsFileError("open", file, cause);
const change = (cause: Error) => new SecretsFileError("change", file, cause);
const create = (cause: Error) => new SecretsFileError("create", file, cause);
const three = [
  "age1aaaaaaaaaaaaaaaaaaaaaaaa",
  "age1bbbbbbbbbbbbbbbbbbbbbbbb",
  "age1cccccccccccccccccccccccc",
];

const cases: readonly (readonly [Error, exit: number, cause: string, message: string])[] = [
  [
    open(new NoIdentityError(2, three)),
    3,
    "wrong_identity",
    'Cannot open "secrets/aws.yaml": none of 2 identities matches its 3 recipients',
  ],
  [
    open(new NoIdentityError(1, three)),
    3,
    "wrong_identity",
    'Cannot open "secrets/aws.yaml": the identity here does not match any of its 3 recipients',
  ],
  [
    open(new NoIdentityError(0, three.slice(0, 1))),
    3,
    "no_identity",
    'Cannot open "secrets/aws.yaml": no identity was found for its recipient',
  ],
  [
    open(new NoIdentityError(1, [])),
    3,
    "wrong_identity",
    'Cannot open "secrets/aws.yaml": none of its keys could be used',
  ],
  [
    open(new IntegrityError("mac")),
    4,
    "mac_mismatch",
    'Cannot open "secrets/aws.yaml": its MAC does not match',
  ],
  [
    open(new IntegrityError("mac", undefined, "missing")),
    4,
    "mac_missing",
    'Cannot open "secrets/aws.yaml": its MAC is missing',
  ],
  [
    open(new IntegrityError("leaf", ["a", "b"])),
    4,
    "leaf_mismatch",
    'Cannot open "secrets/aws.yaml": its value at "a/b" does not match',
  ],
  [
    open(new IntegrityError("data key", [three[0]!])),
    4,
    "data_key_mismatch",
    'Cannot open "secrets/aws.yaml": the data key for "age1aaaaaaaaaaaa..." does not match',
  ],
  [
    open(new NotEncryptedError()),
    2,
    "not_encrypted",
    'Cannot open "secrets/aws.yaml": it is not encrypted (it has no sops metadata)',
  ],
  [
    open(new FormatError("yaml", "a tab in the indentation", 3, 1)),
    2,
    "format",
    'Cannot open "secrets/aws.yaml": not YAML, line 3, column 1: a tab in the indentation',
  ],
  [
    open(new MetadataError("mac", "no string")),
    2,
    "metadata",
    'Cannot open "secrets/aws.yaml": sops metadata, mac: no string',
  ],
  [
    open(new UnsupportedError("key type", "pgp")),
    2,
    "unsupported_key_type",
    'Cannot open "secrets/aws.yaml": its keys (pgp) are elsewhere, and are not asked here',
  ],
  [
    open(new UnholdableError("ini", ["a", "b"], "null")),
    2,
    "format_cannot_hold",
    'Cannot open "secrets/aws.yaml": INI cannot hold null (at "a/b")',
  ],
  [
    open(new FileError("read", "/x", "EACCES")),
    2,
    "permission_denied",
    'Cannot open "secrets/aws.yaml": no permission',
  ],
  [
    change(new FileError("write", "/x", "ENOSPC")),
    8,
    "disk_full",
    'Cannot change "secrets/aws.yaml": the disk is full',
  ],
  [
    change(new FileError("write", "/x", "EROFS")),
    8,
    "read_only",
    'Cannot change "secrets/aws.yaml": the file system is read-only',
  ],
  [
    change(new FileError("sync", "/x", "EIO", true)),
    9,
    "sync_failed",
    'Wrote "secrets/aws.yaml", but its folder could not be synced: the disk reports an input or output error',
  ],
  [
    change(new ConflictError("/x", "changed")),
    8,
    "changed_meanwhile",
    'Cannot change "secrets/aws.yaml": it was changed since it was read',
  ],
  [
    create(new ConflictError("/x", "appeared")),
    8,
    "changed_meanwhile",
    'Cannot create "secrets/aws.yaml": there is a file already',
  ],
  [
    change(new LockTimeoutError("/secrets", 30_000)),
    8,
    "locked",
    'Cannot change "secrets/aws.yaml": another process has held its folder for 30 s',
  ],
  [
    change(
      new PlaintextCredentialError(
        ["profiles", "dev", "secret_access_key"],
        'encrypted_regex "^aws_"',
      ),
    ),
    8,
    "plaintext_credential",
    'Cannot change "secrets/aws.yaml": "profiles/dev/secret_access_key" would stay in plaintext under encrypted_regex "^aws_"',
  ],
  [
    change(new ReadBackError()),
    1,
    "read_back",
    'Cannot change "secrets/aws.yaml": what was sealed reads back differently',
  ],
  [
    change(new ValueError(["aws_region"], "NUL")),
    2,
    "nul_byte",
    'Cannot change "secrets/aws.yaml": the value has a NUL byte',
  ],
  [
    new ValueError(["aws_region"], "NUL"),
    2,
    "nul_byte",
    'Cannot set "aws_region": the value has a NUL byte',
  ],
  [new PathError("absent", "a/b"), 2, "path_absent", 'Cannot use the path "a/b": nothing is there'],
  [
    new PathError("not a leaf", "a"),
    2,
    "path_not_a_leaf",
    'Cannot use the path "a": there is more than one value below it',
  ],
  [
    new NoRuleError("x.yaml", 2),
    2,
    "no_rule",
    'Cannot encrypt "x.yaml": none of 2 creation rules in .sops.yaml matches it',
  ],
  [
    new NoRuleError("x.yaml", 0),
    2,
    "no_rule",
    'Cannot encrypt "x.yaml": the .sops.yaml has no creation_rules',
  ],
  [
    new InvalidRuleError("creation_rules[0].path_regex", "no text", 4),
    2,
    "invalid_rule",
    "Cannot follow the rules: line 4, creation_rules[0].path_regex: no text",
  ],
  [
    new RecipientError("age1x", "its checksum is wrong"),
    2,
    "recipient",
    'Cannot encrypt to "age1x": its checksum is wrong',
  ],
  [
    new IdentityError("keys.txt", 3, "no age identity"),
    2,
    "identity",
    'Cannot read an identity from "keys.txt": line 3 is no age identity',
  ],
  [
    new NoSecretsFileError("flag", "x.yaml"),
    2,
    "no_secrets_file",
    'Cannot open "x.yaml": there is no such file',
  ],
  [
    new NoSecretsFileError("environment", "x.yaml"),
    2,
    "no_secrets_file",
    'Cannot open "x.yaml", named by CREDSMITH_FILE: there is no such file',
  ],
  [
    new NoSecretsFileError("search", "/h"),
    2,
    "no_secrets_file",
    'Found no secrets file: no .sops.yaml in "/h" or above',
  ],
  [
    new NoSecretsFileError("search", "/h/secrets/aws.yaml", "/h/.sops.yaml"),
    2,
    "no_secrets_file",
    'Found no secrets file: no "/h/secrets/aws.yaml" beside "/h/.sops.yaml"',
  ],
  [
    new NoRulesFileError("search", "/h", "/h/.sops.yml"),
    2,
    "no_rules",
    'Found no .sops.yaml in "/h" or above',
  ],
  [
    new ProfileError("unknown", "prod", ["default"]),
    2,
    "unknown_profile",
    'Cannot use profile "prod": there is no such profile',
  ],
  [
    new ProfileError("duplicate default", "default"),
    2,
    "profile_duplicate_default",
    'Cannot use profile "default": it stands at the top level and under "profiles/default"',
  ],
  [
    new RuntimeFolderError("squatted", "/dev/shm/credsmith-0", { owner: 1234 }),
    8,
    "runtime_folder_squatted",
    'Cannot keep plaintext in "/dev/shm/credsmith-0": it belongs to user 1234',
  ],
  [
    new RuntimeFolderError("mode", "/run/x", { mode: 0o755 }),
    8,
    "runtime_folder_mode",
    'Cannot keep plaintext in "/run/x": others may enter it (mode 0755)',
  ],
  [
    new RuntimeFolderError("on disk", "/dev/shm", { fileSystem: "ext4" }),
    8,
    "runtime_folder_on_disk",
    'Cannot keep plaintext in "/dev/shm": it is on ext4, not in memory',
  ],
  [
    new RuntimeFolderError("unsupported platform", "darwin"),
    8,
    "runtime_folder_unsupported_platform",
    'Cannot keep plaintext in memory: no folder for that is known on "darwin"',
  ],
  [
    new FileError("read", "/x", "ENOENT"),
    2,
    "not_found",
    'Cannot read "/x": there is no such file',
  ],
  [new FileError("remove", "/x", "EBUSY"), 8, "file_error", 'Cannot remove "/x": it is in use'],
  [
    new ProgramError("vim", "ENOENT"),
    2,
    "program_not_found",
    'Cannot start "vim": there is no such program on PATH',
  ],
];
for (const [error, exit, cause, message] of cases) {
  Deno.test(`fault: ${message}`, async () => {
    const fault = await explain(error);
    assert.deepEqual({ exit: fault.exit, cause: fault.cause, message: fault.message }, {
      exit,
      cause,
      message,
    });
  });
}

Deno.test("fault: no first line ends in a full stop, has a contraction or exclaims", () => {
  for (const [, , , message] of cases) assert.doesNotMatch(message, /[.!]$|n't|'s /);
});

Deno.test("fault: a file that no identity opens says where was looked and for whom it is", async () => {
  const error = new SecretsFileError("open", file, new NoIdentityError(1, three), [
    { source: "SOPS_AGE_KEY", count: 1 },
    { source: "/k.txt", count: 0, problem: { kind: "file", code: "ENOENT" } },
    { source: "SOPS_AGE_KEY_CMD", count: 0, problem: { kind: "command", code: 7 } },
    { source: "/h/.config/sops/age/keys.txt", count: 0, absent: true },
  ]);
  assert.equal(
    (await explain(error)).hint,
    "looked in: SOPS_AGE_KEY (1), /k.txt (there is no such file), " +
      "SOPS_AGE_KEY_CMD (the command ended with code 7), /h/.config/sops/age/keys.txt (not there)\n" +
      "encrypted for: age1aaaaaaaaaaaa..., age1bbbbbbbbbbbb..., age1cccccccccccc...\n" +
      "name the file with your identity: export SOPS_AGE_KEY_FILE=...",
  );
});

Deno.test("fault: a file that was tampered with says how to compare it with the last commit", async () => {
  const error = new SecretsFileError("open", "my secrets.yaml", new IntegrityError("mac"));
  assert.match((await explain(error)).hint ?? "", /git log -p -- 'my secrets\.yaml'/);
});
