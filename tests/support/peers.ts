import assert from "node:assert/strict";

/** Programs that tests run beside ours. What is missing is skipped, but in CI it is a failure. */
export type Peer =
  | "sops"
  | "age"
  | "age-keygen"
  | "age-plugin-pq"
  | "gpg"
  | "bash"
  | "zsh"
  | "dash"
  | "busybox"
  | "fish"
  | "strace"
  | "git"
  | "vim"
  | "script"
  | "ssh-keygen"
  | "shellcheck"
  | "sops-install-secrets"
  | "nix"
  | "cfn-lint"
  | "python3"
  | "moto_server"
  | "aws-sdk-go-client"
  | "podman"
  | "runc"
  | "machine"
  | "direnv"
  | "promtool"
  | "mandoc"
  | "systemd-analyze"
  | "systemd-socket-activate"
  | "curl"
  | "ip"
  | "mkfs.ext4"
  | "mkfs.xfs"
  | "mkfs.btrfs"
  | "core files"
  | "root"
  | "linux";

const inCi = Deno.env.get("CI") === "true";

/**
 * Whether that program is here: on PATH, or for `root` and `linux`, whether we are. `machine` is
 * what `machine_root.sh` makes, once a container has run with it.
 */
export function has(peer: Peer): boolean {
  if (peer === "root") return Deno.uid() === 0;
  if (peer === "core files") return coresLandInFiles();
  if (peer === "linux") return Deno.build.os === "linux";
  if (peer === "machine") return isFile(`${peersFolder()}/machine/runs`);
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => isFile(`${folder}/${peer}`));
}

/** Where `.ci/peers` puts what it makes. */
export function peersFolder(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME")}/.cache`;
  return Deno.env.get("CREDSMITH_PEERS") || `${cache}/credsmith-peers`;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Whether the kernel writes cores into the working folder, rather than to a program. */
function coresLandInFiles(): boolean {
  try {
    return Deno.readTextFileSync("/proc/sys/kernel/core_pattern").startsWith("core");
  } catch {
    return false;
  }
}

/**
 * A test that needs programs beside ours. Without them it is skipped, and its name says why;
 * with `CI=true` it fails instead.
 *
 * @param peers all that it needs
 */
export function peerTest(
  peers: readonly Peer[],
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  const missing = peers.filter((peer) => !has(peer));
  if (missing.length === 0) return Deno.test(name, fn);
  const label = `${name} [needs ${missing.join(", ")}]`;
  if (inCi) Deno.test(label, () => assert.fail(`missing here: ${missing.join(", ")}`));
  else Deno.test({ name: label, ignore: true, fn });
}
