import assert from "node:assert/strict";
import type { PermissionKind } from "../../src/platform/permissions.ts";
import { verbs } from "../../src/cli/verbs.ts";
import { type Home, temporaryHome } from "../support/home.ts";
import { peerTest } from "../support/peers.ts";
import { tryPermissions } from "../support/permissions.ts";
import { encrypted, exampleText, homeWithSecrets, testRecipient } from "../support/sops_file.ts";

const manifest = JSON.stringify({
  version: 1,
  directory: "/run/secrets",
  profiles: { default: { files: { AWS_REGION: "aws_region" } } },
});
const key = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE" };
const file = "secrets/aws.yaml";
/** A recipient that nothing is encrypted for. */
const stranger = "age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun";

interface Case {
  readonly args: readonly string[];
  /** What may still be done when the command is through. */
  readonly left: readonly PermissionKind[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** 0 unless given. */
  readonly code?: number;
}

const all: readonly PermissionKind[] = ["read", "write", "net", "run", "env", "sys", "ffi"];

/** Each verb as a user runs it, where nothing is under `/dev/shm`. */
const cases: Readonly<Record<string, readonly Case[]>> = {
  init: [{
    args: ["init", "--yes", "--offline", "--no-recovery", "-f", "secrets/new.yaml"],
    env: { ...key, AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" },
    left: all,
  }],
  // It asks git at the end.
  verify: [
    { args: ["verify", "--offline"], left: ["read", "run", "env", "sys"] },
    { args: ["verify", "--explain"], left: ["read", "env"] },
    // AWS is out of reach; a session would be kept.
    { args: ["verify"], left: ["read", "write", "net", "env", "sys"], code: 7 },
  ],
  // AWS is out of reach; the dates of keys could be kept.
  status: [
    { args: ["status"], left: ["read", "write", "net", "env", "sys"] },
    { args: ["status", "--offline"], left: ["read", "env"] },
    { args: ["status", "--short"], left: ["read", "env"] },
    { args: ["status", "--short", "--output", "line"], left: ["read", "write", "env"] },
  ],
  // AWS is out of reach.
  rotate: [
    { args: ["rotate", "--status"], left: ["read", "env"] },
    { args: ["rotate"], left: ["read", "write", "net", "run", "env", "sys"], code: 7 },
  ],
  // A role's session may be made and cached. AWS is out of reach.
  models: [{ args: ["models"], left: ["read", "write", "net", "env", "sys"], code: 7 }],
  "models pin": [
    { args: ["models", "pin", "opus-5"], left: ["read", "write", "net", "env", "sys"], code: 7 },
    {
      args: ["models", "pin", "us.anthropic.claude-opus-5", "--no-check", "--yes"],
      left: ["read", "write", "net", "env", "sys"],
    },
  ],
  policy: [{
    args: ["policy", "--offline"],
    left: ["read", "write", "net", "env", "sys"],
  }],
  "claude configure": [
    { args: ["claude", "configure", "--yes"], left: ["read", "write"] },
    { args: ["claude", "configure", "--dry-run"], left: ["read", "write"] },
    { args: ["claude", "configure", "--remove", "--yes"], left: ["read", "write"] },
  ],
  edit: [
    {
      args: ["edit"],
      env: { EDITOR: "sed -i s/us-east-1$/eu-west-1/" },
      left: ["read", "write", "env"],
    },
    { args: ["edit"], env: { EDITOR: "true" }, left: ["read", "write", "run", "env", "sys"] },
  ],
  audit: [
    { args: ["audit", "--local"], left: ["env"] },
    {
      args: ["audit", "--region", "us-east-1"],
      left: ["read", "write", "net", "env", "sys"],
      code: 7,
    },
  ],
  "access list": [
    { args: ["access", "list"], left: ["env"] },
    { args: ["access", "list", "--verify"], left: ["env"] },
  ],
  "access add": [{
    args: ["access", "add", stranger, "--yes"],
    left: ["read", "write", "env"],
  }],
  // Nobody of that name is there to be removed.
  "access remove": [{ args: ["access", "remove", stranger, "--yes"], left: ["env"] }],
  "access sync": [{ args: ["access", "sync", "--yes"], left: ["env"] }],
  "access renew": [{ args: ["access", "renew", "--yes"], left: ["read", "write", "env"] }],
  get: [
    { args: ["get"], left: ["env"] },
    { args: ["get", "aws_region"], left: ["env"] },
    {
      args: ["get", "-f", "absent.yaml"],
      // Nothing was decrypted, so nothing was given up but what no file can need.
      left: ["read", "write", "net", "env", "sys", "run"],
      code: 2,
    },
  ],
  set: [
    { args: ["set", "aws_region", "eu-west-1"], left: ["read", "write", "env"] },
    { args: ["set", "token"], stdin: "x", left: ["read", "write", "env"] },
    { args: ["set", "token", "--from-file", ".sops.yaml"], left: ["read", "write", "env"] },
    { args: ["set", "aws_region", "eu-west-1", "--dry-run"], left: ["env"] },
  ],
  unset: [
    { args: ["unset", "bedrock", "--yes"], left: ["read", "write", "env"] },
    { args: ["unset", "bedrock", "--dry-run"], left: ["read", "write", "run", "env"] },
  ],
  exec: [
    { args: ["exec", "--static", "--", "true"], left: ["run", "env"] },
    // AWS is out of reach.
    { args: ["exec", "--", "true"], left: ["read", "write", "net", "run", "env", "sys"], code: 7 },
  ],
  // AWS is out of reach.
  login: [
    { args: ["login"], left: ["read", "write", "net", "env", "sys"], code: 7 },
    { args: ["login", "--forget"], left: ["read", "write"] },
  ],
  unlock: [
    { args: ["unlock", "--static"], left: ["read", "write"] },
    // AWS is out of reach.
    { args: ["unlock"], left: ["read", "write", "net", "run", "env", "sys"], code: 7 },
    { args: ["unlock", "--dry-run"], left: ["read", "write"] },
  ],
  // It is not where unlock writes.
  "keep-unlocked": [
    {
      args: ["keep-unlocked", "/nonexistent"],
      left: ["read", "write", "net", "run", "env", "sys"],
      code: 2,
    },
  ],
  // Where unlock has used /dev/shm as well, nothing can be given up.
  lock: [{ args: ["lock"], left: isThere("/dev/shm/credsmith-0") ? all : ["read", "write"] }],
  "load-env": [{
    args: ["load-env", "--shell", "fish", "--manifest", "m.json"],
    left: ["read"],
  }],
  "credential-process": [
    { args: ["credential-process", "--static"], left: ["env"] },
    // AWS is out of reach.
    { args: ["credential-process"], left: ["read", "write", "net", "env", "sys"], code: 7 },
  ],
  "aws-config": [
    { args: ["aws-config", "--yes"], left: ["read", "write"] },
    { args: ["aws-config", "--print"], left: ["read", "write"] },
  ],
  // It asks AWS and opens the file again for as long as it serves.
  serve: [{
    args: ["serve", "--static", "--", "true"],
    left: ["read", "write", "net", "run", "env", "sys"],
  }],
  sops: [
    { args: ["sops", "-d", file], left: ["read", "env"] },
    { args: ["sops", "decrypt", file], left: ["read", "env"] },
    { args: ["sops", "-e", "p.yaml"], left: ["read", "env"] },
    { args: ["sops", "-e", "-i", "p.yaml"], left: ["read", "write", "env"] },
    { args: ["sops", "set", file, '["a"]', '"b"'], left: ["read", "write", "env"] },
    { args: ["sops", "unset", file, '["aws_region"]'], left: ["read", "write", "env"] },
    { args: ["sops", "rotate", file], left: ["read", "env"] },
    { args: ["sops", "rotate", "-i", file], left: ["read", "write", "env"] },
    { args: ["sops", "updatekeys", "-y", file], left: all },
    { args: ["sops", "groups", "add", "-f", file, "--age", testRecipient], left: ["read", "env"] },
    { args: ["sops", "filestatus", file], left: ["env"] },
    // What the command may do is not for us to say.
    { args: ["sops", "exec-env", "flat.yaml", "true"], left: ["run", "env", "ffi", "sys"] },
    {
      args: ["sops", "exec-file", file, "cat {}"],
      left: ["read", "write", "run", "env", "ffi", "sys"],
    },
  ],
  completion: [{ args: ["completion", "bash"], left: ["read"] }],
  __complete: [{ args: ["__complete", "get", ""], left: ["read"] }],
  // Not at boot: there is nothing to do but to look. It ends before anything was installed.
  "install-secrets": [{
    args: ["install-secrets", "--program=/bin/false", "--", "m.json"],
    env: { NIXOS_ACTION: "switch" },
    left: ["read", "write", "run", "env"],
    code: 8,
  }],
  "install-runtime-secrets": [{
    args: ["install-runtime-secrets", "--program=/bin/false", "m.json"],
    left: ["read", "write", "run", "env"],
    code: 2,
  }],
  // A home is no repository: what git would be asked for stays.
  "git install": [{
    args: ["git", "install", "--global", "--yes"],
    left: ["read", "write", "run", "env"],
  }],
  "git uninstall": [{
    args: ["git", "uninstall", "--global", "--yes"],
    left: ["read", "write", "run", "env"],
  }],
  "git check": [{ args: ["git", "check"], left: ["read", "run", "env"], code: 2 }],
  "git textconv": [{ args: ["git", "textconv", "--", file], left: ["env"] }],
  "git merge": [{
    args: ["git", "merge", "--", file, file, file, "7", file],
    left: ["read", "write", "net", "run", "env", "sys"],
  }],
  shred: [{ args: ["shred", "p.yaml"], left: ["read", "write"] }],
};

function isThere(path: string): boolean {
  try {
    return Deno.lstatSync(path).isDirectory;
  } catch {
    return false;
  }
}

async function homeReady(): Promise<Home> {
  return await temporaryHome({
    ...await homeWithSecrets(),
    "p.yaml": exampleText,
    "flat.yaml": await encrypted("a: b\n"),
    "m.json": manifest,
    "runtime/.keep": "",
  });
}

Deno.test("the permissions of every verb are tried", () => {
  assert.deepEqual(Object.keys(cases).sort(), verbs.map(({ words }) => words).sort());
});

for (const [verb, tries] of Object.entries(cases)) {
  for (const { args, left, env = {}, stdin = "", code = 0 } of tries) {
    peerTest(
      ["linux", "root"],
      `${args.join(" ")} works and keeps ${left.join(", ")}`,
      async () => {
        await using home = await homeReady();
        // As /run/user/UID: memory-backed, and not under /dev/shm, where nothing can be given up.
        const runtime = `${home.path}/runtime`;
        await home.program("mount", ["-t", "tmpfs", "-o", "mode=0700,size=4m", "tmpfs", runtime]);
        await using _ = {
          [Symbol.asyncDispose]: () => home.program("umount", [runtime]).then(() => {}),
        };
        if (verb === "lock") {
          const unlocked = await home.run(["unlock", "--static"], {
            env: { XDG_RUNTIME_DIR: runtime },
          });
          assert.equal(unlocked.code, 0, unlocked.stderr);
        }
        const tried = await tryPermissions(home, args, {
          env: { XDG_RUNTIME_DIR: runtime, ...env },
          stdin,
        });
        assert.equal(tried.code, code, tried.stderr);
        assert.doesNotMatch(tried.stderr, /permission was given up|NotCapable/);
        assert.deepEqual([...tried.left].sort(), [...left].sort());
      },
    );
  }
}

const special: readonly (readonly [string, readonly string[], Readonly<Record<string, string>>])[] =
  [
    [
      "a secrets file that is a link into /dev/shm",
      ["get", "aws_region", "-f", "shm/aws.yaml"],
      {},
    ],
    ["--file= with a path under /dev/shm", ["get", "aws_region", "--file=SHM/aws.yaml"], {}],
    ["a change through a link into /dev/shm", ["set", "aws_region", "x", "-f", "shm/aws.yaml"], {}],
    ["a home that is a link into /dev/shm", ["get", "aws_region"], { HOME: "HERE/shm" }],
    [
      "an identity that is a link into /dev/shm",
      ["exec", "--static", "--", "true"],
      { HOME: "/nonexistent", XDG_CONFIG_HOME: "HERE/config" },
    ],
    ["a manifest in /dev/stdin", ["load-env", "--shell", "sh", "--manifest", "/dev/stdin"], {}],
    ["plaintext for /dev/stderr", ["sops", "-d", "--output", "/dev/stderr", file], {}],
  ];
for (const [what, args, env] of special) {
  peerTest(["linux"], `${what} is no matter of permissions`, async () => {
    await using home = await temporaryHome(await homeWithSecrets());
    const files = await homeWithSecrets();
    const identity = ".config/sops/age/keys.txt";
    await Deno.mkdir(`${home.runtime}/.config/sops/age`, { recursive: true });
    await Deno.writeTextFile(`${home.runtime}/${identity}`, files[identity]!, { mode: 0o600 });
    await Deno.writeTextFile(`${home.runtime}/aws.yaml`, files[file]!);
    await Deno.symlink(home.runtime, `${home.path}/shm`);
    await Deno.mkdir(`${home.path}/config/sops/age`, { recursive: true });
    await Deno.symlink(`${home.runtime}/${identity}`, `${home.path}/config/sops/age/keys.txt`);
    const filled = (text: string) => text.replace("HERE", home.path).replace("SHM", home.runtime);
    const result = await home.run(args.map(filled), {
      stdin: manifest,
      env: {
        XDG_RUNTIME_DIR: "",
        ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)])),
      },
    });
    assert.equal(result.code, 0, result.stderr);
  });
}
