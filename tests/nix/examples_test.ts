/** The examples that the documentation shows, evaluated: flakes and modules, with our own flake. */
import assert from "node:assert/strict";
import { evalJson } from "../support/nix.ts";
import { peerTest } from "../support/peers.ts";

const root = new URL("../../", import.meta.url).pathname;
const folder = `${root}tests/nix/examples`;

/** What `examples/evaluate.nix` says of a host. */
interface Host {
  readonly failed: readonly string[];
  readonly warnings: readonly string[];
  /** Secret file to key. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly etc: readonly string[];
  readonly files: readonly string[];
  readonly members: readonly string[];
  readonly keyFile: string | null;
  readonly sshKeys: readonly string[];
  readonly bash: string;
  readonly unit: Readonly<Record<string, unknown>>;
}

/** What secrets/aws.yaml comes to. */
const secrets = {
  aws_access_key_id: "aws_access_key_id",
  aws_bedrock_model_id: "bedrock/model_id",
  aws_ci_access_key_id: "profiles/ci/access_key_id",
  aws_ci_region: "profiles/ci/region",
  aws_ci_secret_access_key: "profiles/ci/secret_access_key",
  aws_region: "aws_region",
  aws_secret_access_key: "aws_secret_access_key",
};
const loaders = ["load-aws-bedrock.fish", "load-aws-bedrock.sh"];

let evaluated: Promise<Record<string, Host> & { readonly devshell: string }> | undefined;
/** All of them, in one evaluation. */
const examples = () => evaluated ??= evalJson("tests/nix/examples/evaluate.nix");

const cases: Readonly<Record<string, (host: Host, all: Record<string, Host>) => void>> = {
  nixos: (host) => {
    assert.deepEqual(host.secrets, secrets);
    assert.deepEqual(host.members, ["dev"]);
    assert.deepEqual(host.keyFile, null);
    assert.deepEqual(host.sshKeys, ["/etc/ssh/ssh_host_ed25519_key"]);
    for (const loader of loaders) assert.ok(host.etc.includes(loader), loader);
  },
  "first-host": (host) => {
    assert.deepEqual(host.secrets, secrets);
    assert.deepEqual([host.members, host.keyFile], [["dev"], null]);
  },
  "from-sops-nix": (host, all) => {
    assert.deepEqual(host.secrets, { ...host.secrets, ...all["from-sops-nix-before"]!.secrets });
    assert.deepEqual(host.keyFile, all["from-sops-nix-before"]!.keyFile);
  },
  "from-agenix": (host) => {
    assert.deepEqual(host.secrets, secrets);
    assert.match(host.bash, /load-aws-bedrock/);
  },
  "from-the-guide": (host, all) => {
    const before = all["from-the-guide-before"]!;
    assert.deepEqual(host.secrets, { ...host.secrets, ...before.secrets });
    assert.ok(before.etc.includes("load-aws-bedrock.sh"));
    assert.ok(host.etc.includes("load-aws-bedrock.sh"));
    assert.match(host.bash, /load-aws-bedrock/);
  },
  "key-file": (host) => {
    assert.deepEqual([host.keyFile, host.sshKeys], ["/var/lib/sops-nix/key.txt", []]);
  },
  "runtime-file": (host) => {
    assert.deepEqual(host.members, ["dev"]);
    for (const loader of loaders) assert.ok(host.etc.includes(loader), loader);
  },
  service: (host) => {
    assert.deepEqual(host.secrets, secrets);
    assert.match(JSON.stringify(host.unit.LoadCredential), /credentials/);
    assert.equal(host.unit.DynamicUser, true);
  },
  health: (host) => {
    assert.equal(host.unit.OnCalendar, "hourly");
  },
  "home-manager": (host) => {
    assert.deepEqual(host.secrets, secrets);
    assert.ok(host.files.some((file) => file.endsWith("/load-aws-bedrock.sh")), `${host.files}`);
    assert.match(host.bash, /load-aws-bedrock/);
  },
  darwin: (host) => {
    assert.deepEqual(host.secrets, secrets);
    for (const loader of loaders) assert.ok(host.etc.includes(loader), loader);
  },
};

for (const [name, check] of Object.entries(cases)) {
  peerTest(["linux", "nix"], `example ${name} evaluates to what its page says`, async () => {
    const all = await examples();
    const host = all[name]!;
    assert.deepEqual([host.failed, host.warnings], [[], []]);
    check(host, all);
  });
}

peerTest(["linux", "nix"], "example devshell is a shell", async () => {
  const { devshell } = await examples();
  assert.match(devshell, /^\/nix\/store\/.*\.drv$/);
});

Deno.test("every example is shown on a page, and every page about Nix has one that is tested", async () => {
  const read = async (page: string) => [page, await Deno.readTextFile(page)] as const;
  const names = await Array.fromAsync(Deno.readDir(`${root}docs/how-to`), ({ name }) => name);
  const pages = await Promise.all(
    [`${root}README.md`, ...names.map((name) => `${root}docs/how-to/${name}`)].map(read),
  );
  const shown = new Set(
    pages.flatMap(([, text]) =>
      [...text.matchAll(/<!-- example ([^/]+)\//g)].map((match) => match[1])
    ),
  );
  const there = await Array.fromAsync(Deno.readDir(folder));
  const examples = there.filter((entry) => entry.isDirectory).map((entry) => entry.name);
  assert.deepEqual([...shown].sort(), examples.sort());
  for (const [page, text] of pages) {
    if (/^```nix$/m.test(text)) assert.match(text, /<!-- example /, page);
  }
});

Deno.test("links between pages lead somewhere", async () => {
  const pages = [
    "README.md",
    ...await Array.fromAsync(
      Deno.readDir(`${root}docs/how-to`),
      ({ name }) => `docs/how-to/${name}`,
    ),
    ...["architecture", "testing", "threat-model"].map((name) => `docs/explanation/${name}.md`),
  ];
  for (const page of pages) {
    const text = await Deno.readTextFile(root + page);
    for (const [, link] of text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)) {
      const target = new URL(link!, `file://${root}${page}`);
      await assert.doesNotReject(Deno.stat(target), `${page} links ${link}`);
    }
  }
});

peerTest(["bash"], "the scripts among the examples are bash", async () => {
  for (
    const file of [
      "first-host/init.sh",
      "first-host/check.sh",
      "first-host/manifest.sh",
      "from-agenix/move.sh",
    ]
  ) {
    const { code } = await new Deno.Command("bash", { args: ["-n", `${folder}/${file}`] }).output();
    assert.equal(code, 0, file);
  }
});
