/**
 * A machine of its own for a test: Debian's systemd as PID 1 in a container, with the root file
 * system of `machine_root.sh` below an overlay in memory. It shares the loopback with the tests,
 * and is gone when it goes out of scope, or after `limit` whatever happens.
 */
import { type Peer, peersFolder, peerTest } from "./peers.ts";

/** A file that is there before systemd starts. */
export interface MachineFile {
  readonly content: string | Uint8Array;
  /** Permissions; 0644 unless told. */
  readonly mode?: number;
}

/** A unit as `config.systemd.units` of a NixOS host has it. */
export interface Unit {
  readonly text: string;
  readonly enable?: boolean;
  readonly wantedBy?: readonly string[];
  readonly requiredBy?: readonly string[];
}

/** What a machine has beyond the plain system. */
export interface MachineOptions {
  /** Folders and files of the host, at the same place or at another, read-only. */
  readonly binds?: readonly (string | { readonly from: string; readonly to: string })[];
  /** By absolute path, before systemd starts. */
  readonly files?: Readonly<Record<string, string | MachineFile>>;
  /** By file name, in place before systemd starts, and linked to what wants them. */
  readonly units?: Readonly<Record<string, Unit | string>>;
  /** Users that there are besides root, each in a group of its own name and in these. */
  readonly users?: Readonly<Record<string, readonly string[]>>;
  /** Groups that no user brings. */
  readonly groups?: readonly string[];
  /** Runs as root before systemd, which is what NixOS does with its activation script at boot. */
  readonly activation?: string;
  /** Seconds until the machine is killed, whatever happens; 120 unless told. */
  readonly limit?: number;
}

/** What a program printed and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is run in a machine. */
export interface ExecOptions {
  readonly user?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const base = `${peersFolder()}/machine/root`;
const peers: readonly Peer[] = ["linux", "root", "podman", "runc", "machine"];

/**
 * A test in a machine. Where there can be none it is skipped, and its name says why; with
 * `CI=true` it fails instead.
 *
 * @param more peers besides those of the machine itself
 */
export function machineTest(
  more: readonly Peer[],
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  peerTest([...peers, ...more], name, fn);
}

/** One machine; made by {@link startMachine}. */
export class Machine implements AsyncDisposable {
  #stopped = false;
  #pid = "";

  constructor(readonly name: string, readonly place: string) {}

  /** The root file system as the host sees it; mounts within the machine do not show. */
  get root(): string {
    return `${this.place}/root`;
  }

  /**
   * Runs a program to its end.
   *
   * @param command words, or a text for `sh -c`
   */
  async exec(command: string | readonly string[], options: ExecOptions = {}): Promise<Outcome> {
    const words = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
    const { user = "root", env = {}, stdin } = options;
    // Far quicker than `podman exec`.
    return await run("nsenter", [
      `--target=${await this.#firstProcess()}`,
      ...["--mount", "--uts", "--ipc", "--pid", "--cgroup", "--root", "--wd"],
      ...["/usr/bin/env", "--ignore-environment", `PATH=${searchPath}`, "LC_ALL=C.UTF-8"],
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
      ...user === "root" ? [] : ["runuser", "-u", user, "--"],
      ...words,
    ], stdin);
  }

  /** Its PID 1, by the number that it has here. */
  async #firstProcess(): Promise<string> {
    this.#pid ||= (await mustRun("podman", [
      "inspect",
      "--format={{.State.Pid}}",
      this.name,
    ])).trim();
    return this.#pid;
  }

  /**
   * As {@link exec}, where anything but exit code 0 is an error.
   *
   * @returns standard output
   */
  async must(command: string | readonly string[], options: ExecOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.exec(command, options);
    if (code === 0) return stdout;
    const shown = typeof command === "string" ? command : command.join(" ");
    throw new Error(`${shown}: exit ${code}\n${stdout}${stderr}`);
  }

  /** Puts a file in place while the machine runs. */
  async write(path: string, content: string, mode = 0o644): Promise<void> {
    const target = quote(path);
    await this.must(
      `mkdir -p "$(dirname ${target})"; rm -f ${target}; umask 077; cat > ${target}; ` +
        `chmod ${mode.toString(8)} ${target}`,
      { stdin: content },
    );
  }

  async read(path: string): Promise<string> {
    return await this.must(["cat", path]);
  }

  /** Puts a unit in place, or another text of it, and has systemd read it. Starts nothing. */
  async writeUnit(name: string, unit: Unit | string): Promise<void> {
    for (const [path, file] of unitFiles({ [name]: unit })) {
      if (file.link) {
        await this.must(`mkdir -p "$(dirname ${quote(path)})"; ln -sf ${file.link} ${quote(path)}`);
      } else await this.write(path, file.content);
    }
    await this.must(["systemctl", "daemon-reload"]);
  }

  /** A property of a unit: `ActiveState`, `Result`, `NRestarts`, `ExecMainStatus`. */
  async property(unit: string, name: string): Promise<string> {
    return (await this.must(["systemctl", "show", "--value", "-p", name, unit])).trim();
  }

  /** What a unit said, and systemd of it; nothing: the whole journal. */
  async journal(unit?: string): Promise<string> {
    await this.exec(["journalctl", "--sync"]);
    return await this.must([
      "journalctl",
      "--no-pager",
      "--output=cat",
      ...(unit ? [`--unit=${unit}`] : []),
    ]);
  }

  /**
   * Waits for what systemd or a program does on its own time.
   *
   * @param what for the message when it never comes
   * @param condition true, or a text for `sh -c` that then ends with 0
   * @param seconds at most
   */
  async waitFor(
    what: string,
    condition: string | (() => Promise<boolean>),
    seconds = 30,
  ): Promise<void> {
    const met = typeof condition === "string"
      ? async () => (await this.exec(condition)).code === 0
      : condition;
    const end = performance.now() + seconds * 1000;
    while (!await met()) {
      if (performance.now() > end) {
        throw new Error(`Not within ${seconds} s: ${what}\n${await this.journal()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Ends the machine and takes everything of it away. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await run("podman", ["rm", "--force", "--time=0", "--ignore", this.name]);
    await clear(this.place);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

const temporary = () => Deno.env.get("TMPDIR") ?? "/tmp";
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const prefix = "credsmith-machine-";
let count = 0;

/** Starts a machine, and waits until everything was tried that is wanted at boot. */
export async function startMachine(options: MachineOptions = {}): Promise<Machine> {
  await sweep();
  const name = `${prefix}${Deno.pid}-${++count}`;
  const place = `${temporary()}/${name}`;
  const machine = new Machine(name, place);
  try {
    await makeRoot(place);
    await fill(`${place}/root`, options);
    const binds = (options.binds ?? []).map((bind) =>
      typeof bind === "string" ? `${bind}:${bind}:ro` : `${bind.from}:${bind.to}:ro`
    );
    const begin = "mount --make-rshared /";
    const activation = options.activation ? "/bin/sh -e /etc/activation || :" : ":";
    await mustRun("podman", [
      "--runtime=runc",
      "run",
      "--detach",
      `--name=${name}`,
      `--timeout=${options.limit ?? 120}`,
      "--privileged",
      "--systemd=always",
      "--network=host",
      // The tests' own names for the loopback, and no look-ups beyond it.
      "--no-hosts",
      "--dns=none",
      `--hostname=${prefix}${count}`,
      "--ulimit=nofile=1024:1024",
      "--ulimit=nproc=1000:1000",
      ...binds.map((bind) => `--volume=${bind}`),
      "--rootfs",
      `${place}/root`,
      "/bin/sh",
      "-c",
      `${begin}; ${activation}; exec /usr/lib/systemd/systemd`,
    ]);
    await machine.waitFor("boot", "systemctl is-active --quiet multi-user.target", 60);
    return machine;
  } catch (error) {
    const { stdout, stderr } = await run("podman", ["logs", name]);
    await machine.stop();
    throw new Error(`No machine: ${error}\n${stdout}${stderr}`);
  }
}

/** An overlay whose upper side is in memory, over the system that all machines share. */
async function makeRoot(place: string): Promise<void> {
  await Deno.mkdir(place, { mode: 0o700 });
  await mustRun("mount", ["-t", "tmpfs", "-o", "mode=0755,size=512m", "credsmith", place]);
  for (const each of ["upper", "work", "root"]) await Deno.mkdir(`${place}/${each}`);
  const layers = `lowerdir=${base},upperdir=${place}/upper,workdir=${place}/work`;
  await mustRun("mount", ["-t", "overlay", "-o", layers, "credsmith", `${place}/root`]);
}

async function fill(root: string, options: MachineOptions): Promise<void> {
  for (const group of options.groups ?? []) await mustRun("chroot", [root, "groupadd", group]);
  for (const [user, groups] of Object.entries(options.users ?? {})) {
    await mustRun("chroot", [root, "useradd", "--create-home", "--user-group", user]);
    for (const group of groups) {
      await mustRun("chroot", [root, "groupadd", "--force", group]);
      await mustRun("chroot", [root, "gpasswd", "--add", user, group]);
    }
  }
  const files = new Map<string, MachineFile & { link?: string }>();
  for (const [path, file] of Object.entries(options.files ?? {})) {
    files.set(path, typeof file === "string" ? { content: file } : file);
  }
  for (const [path, file] of unitFiles(options.units ?? {})) files.set(path, file);
  if (options.activation) files.set("/etc/activation", { content: options.activation });
  for (const [path, { content, mode = 0o644, link }] of files) {
    await Deno.mkdir(`${root}${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    if (link) {
      await Deno.symlink(link, `${root}${path}`);
      continue;
    }
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(`${root}${path}`, bytes);
    await Deno.chmod(`${root}${path}`, mode);
  }
}

/** Unit files and the links of what wants them, as NixOS lays them out. */
function unitFiles(
  units: Readonly<Record<string, Unit | string>>,
): Map<string, { content: string; link?: string }> {
  const folder = "/etc/systemd/system";
  const files = new Map<string, { content: string; link?: string }>();
  for (const [name, given] of Object.entries(units)) {
    const unit: Unit = typeof given === "string" ? { text: given } : given;
    if (unit.enable === false) {
      files.set(`${folder}/${name}`, { content: "", link: "/dev/null" });
      continue;
    }
    files.set(`${folder}/${name}`, { content: unit.text });
    for (
      const [kind, targets] of [["wants", unit.wantedBy], ["requires", unit.requiredBy]] as const
    ) {
      for (const target of targets ?? []) {
        files.set(`${folder}/${target}.${kind}/${name}`, { content: "", link: `../${name}` });
      }
    }
  }
  return files;
}

/** Takes away what a test that was killed left behind. */
async function sweep(): Promise<void> {
  for (const { name } of Deno.readDirSync(temporary())) {
    const [, owner] = name.match(/^credsmith-machine-(\d+)-\d+$/) ?? [];
    if (!owner || isAlive(owner)) continue;
    await run("podman", ["rm", "--force", "--time=0", "--ignore", name]);
    await clear(`${temporary()}/${name}`);
  }
}

function isAlive(pid: string): boolean {
  try {
    return Deno.statSync(`/proc/${pid}`).isDirectory;
  } catch {
    return false;
  }
}

async function clear(place: string): Promise<void> {
  await run("umount", ["--lazy", `${place}/root`]);
  await run("umount", ["--lazy", place]);
  // Not recursive: were it still mounted, it would be emptied.
  await Deno.remove(place).catch(() => {});
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

async function mustRun(command: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: exit ${code}\n${stdout}${stderr}`);
  return stdout;
}

async function run(command: string, args: readonly string[], stdin?: string): Promise<Outcome> {
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    // A program that does not read to the end is no failure of ours.
    await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
    await writer.close().catch(() => {});
  }
  const { code, stdout, stderr } = await child.output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}
