import assert from "node:assert/strict";
import { rollbackOf, type Systems } from "../../src/nixos/rollback.ts";
import { readSystems } from "../../src/nixos/systems.ts";
import { withRollback } from "../../src/cli/verify/rollback.ts";
import { temporaryHome } from "../support/home.ts";
import { newDocument, plainParse } from "../../src/sops/document.ts";
import { randomBytes } from "../../src/platform/random.ts";
import { testRecipient } from "../support/sops_file.ts";

const day = (number: number) => `2026-11-${String(number).padStart(2, "0")}T10:00:00Z`;
const system = (number: number, modified?: string) => ({
  number,
  system: `/nix/store/system-${number}`,
  secretsModified: modified,
});

/** The running system, the chosen one, and what there is. */
const cases: readonly (readonly [
  name: string,
  systems: Systems,
  rollback: { running: number; newer: number; certain: boolean } | undefined,
])[] = [
  [
    "the newest runs",
    {
      current: "/nix/store/system-2",
      chosen: 2,
      generations: [system(1, day(1)), system(2, day(2))],
    },
    undefined,
  ],
  [
    "nixos-rebuild --rollback",
    {
      current: "/nix/store/system-1",
      chosen: 1,
      generations: [system(1, day(1)), system(2, day(2))],
    },
    { running: 1, newer: 2, certain: true },
  ],
  [
    "an older entry of the boot menu, or a system that was not switched to",
    {
      current: "/nix/store/system-1",
      chosen: 2,
      generations: [system(1, day(1)), system(2, day(2))],
    },
    { running: 1, newer: 2, certain: false },
  ],
  [
    "a newer system with the same secrets",
    {
      current: "/nix/store/system-1",
      chosen: 1,
      generations: [system(1, day(1)), system(2, day(1))],
    },
    undefined,
  ],
  [
    "newer systems whose secrets cannot be seen",
    { current: "/nix/store/system-1", chosen: 1, generations: [system(1, day(1)), system(2)] },
    undefined,
  ],
  [
    "a running system whose secrets cannot be seen",
    { current: "/nix/store/system-1", chosen: 1, generations: [system(1), system(2, day(2))] },
    undefined,
  ],
  [
    "the newest of several, with a time zone",
    {
      current: "/nix/store/system-1",
      chosen: 1,
      generations: [
        system(3, "2026-11-03T10:00:00+02:00"),
        system(1, day(1)),
        system(2, day(2)),
      ],
    },
    { running: 1, newer: 3, certain: true },
  ],
  [
    "a rollback to a system that was rolled back before: one system, two numbers",
    {
      current: "/nix/store/system-1",
      chosen: 3,
      generations: [
        system(1, day(1)),
        system(2, day(2)),
        { ...system(3, day(1)), system: "/nix/store/system-1" },
      ],
    },
    undefined,
  ],
  [
    "a host that is no NixOS",
    { current: undefined, chosen: undefined, generations: [] },
    undefined,
  ],
  [
    "a time that is none",
    {
      current: "/nix/store/system-1",
      chosen: 1,
      generations: [system(1, "yesterday"), system(2, day(2))],
    },
    undefined,
  ],
];

for (const [name, systems, expected] of cases) {
  Deno.test(`rollback: ${name} -> ${expected ? "rolled back" : "nothing is claimed"}`, () => {
    const found = rollbackOf(systems);
    assert.deepEqual(
      found && {
        running: found.running.number,
        newer: found.newer.number,
        certain: found.certain,
      },
      expected,
    );
  });
}

Deno.test("verify says that it was a rollback, of the key alone", () => {
  const unknown = {
    name: "identity",
    status: "fail",
    text: "AWS does not know AKIAIOSFODNN7EXAMPLE: deleted, inactive or mistyped",
    cause: "key_unknown",
    exit: 5,
    facts: { accessKeyId: "AKIAIOSFODNN7EXAMPLE" },
  } as const;
  const clock = { name: "clock", status: "ok", text: "within 1 s of AWS" } as const;
  const rollback = { running: system(1, day(1)), newer: system(2, day(2)), certain: true };
  const [first, second] = withRollback([clock, unknown], rollback);
  assert.deepEqual(first, clock);
  assert.deepEqual({ ...second, facts: undefined }, {
    name: "identity",
    status: "fail",
    text: "Rolled back to a deleted key: AWS does not know AKIAIOSFODNN7EXAMPLE",
    details: [
      "System 1 runs, with a secrets file of 2026-11-01",
      "System 2 has one of 2026-11-02",
    ],
    cause: "key_rolled_back",
    exit: 5,
    fix: { text: "sudo nixos-rebuild switch", remark: "with the secrets file of system 2" },
    facts: undefined,
  });
});

async function sealedOn(number: number): Promise<string> {
  const tree = await plainParse(new TextEncoder().encode("key: value\n"), "yaml");
  const document = await newDocument(tree, "yaml", { recipients: [testRecipient] });
  const now = Temporal.Instant.from(day(number));
  return new TextDecoder().decode(await document.seal({ now, random: randomBytes }));
}

Deno.test("the systems of a host are read without a key, in both of sops-nix's modes", async () => {
  await using home = await temporaryHome({
    "store/one-aws.yaml": await sealedOn(1),
    "store/two-aws.yaml": await sealedOn(2),
    "profiles/other-7-link": "",
  });
  const store = `${home.path}/store`;
  const entry = (file: string) =>
    JSON.stringify({
      secrets: [{ name: "aws_access_key_id", key: "key", sopsFile: `${store}/${file}` }],
      secretsMountPoint: "/run/secrets.d",
      symlinkPath: "/run/secrets",
    });
  await home.write("store/one-manifest.json", entry("one-aws.yaml"));
  await home.write("store/two-manifest.json", entry("two-aws.yaml"));
  await home.write("store/system-one/activate", `x '${store}/one-manifest.json'\n`);
  await home.write(
    "store/system-two/etc/systemd/system/sops-install-secrets.service",
    `ExecStart=/x/bin/sops-install-secrets ${store}/two-manifest.json\n`,
  );
  await home.write("store/system-old/activate", "nothing of the kind\n");
  const profiles = `${home.path}/profiles`;
  const links = {
    [`${profiles}/system-3-link`]: `${store}/system-old`,
    [`${profiles}/system-4-link`]: `${store}/system-one`,
    [`${profiles}/system-5-link`]: `${store}/system-two`,
    [`${profiles}/system-6-link`]: `${store}/gone`,
    [`${profiles}/system`]: "system-4-link",
    [`${home.path}/current`]: `${store}/system-one`,
  };
  for (const [path, target] of Object.entries(links)) await Deno.symlink(target, path);
  const found = await readSystems("aws_access_key_id", {
    profiles,
    current: `${home.path}/current`,
  });
  assert.deepEqual(found, {
    current: `${store}/system-one`,
    chosen: 4,
    generations: [
      { number: 3, system: `${store}/system-old`, secretsModified: undefined },
      { number: 4, system: `${store}/system-one`, secretsModified: day(1) },
      { number: 5, system: `${store}/system-two`, secretsModified: day(2) },
    ],
  });
  assert.equal(rollbackOf(found)?.newer.number, 5);
  const without = await readSystems("other", { profiles, current: `${home.path}/current` });
  assert.equal(rollbackOf(without), undefined);
});
