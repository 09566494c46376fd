/** A place of its own for the demo: a home, a runtime folder, programs, and what they print. */
export interface Stage extends AsyncDisposable {
  /** Everything that the demo writes is below this folder. */
  readonly root: string;
  readonly home: string;
  /** What did not go as it should, in words. */
  readonly faults: readonly string[];
  fault(text: string): void;
  heading(text: string): void;
  /** A sentence or two about what is going to be seen. */
  say(text: string): void;
  /** Changes a variable of the environment that commands are typed in. */
  setEnv(name: string, value: string): void;
  write(path: string, content: string): Promise<void>;
  /**
   * Types a command and shows what it prints.
   *
   * @returns what was printed
   */
  type(command: string, options?: TypeOptions): Promise<string>;
  /** Takes everything away, also when a signal ends the demo. */
  strike(): Promise<void>;
}

export interface TypeOptions {
  /** The exit code that it should end with; 0 unless given. */
  readonly exit?: number;
  /** Text that has to be in what it prints. */
  readonly shows?: RegExp;
  /** The shell that it is typed in; `sh` unless given. */
  readonly shell?: string;
  /** Lines that belong together: typed as several, run as one. */
  readonly lines?: readonly string[];
}

const width = 80;
const repository = new URL("../", import.meta.url).pathname;

/**
 * @param env more for the environment of every command
 */
export async function setStage(env: Readonly<Record<string, string>>): Promise<Stage> {
  // Memory where there is some: the demo begins with plaintext, like everybody's story.
  const memory = Deno.build.os === "linux" && exists("/dev/shm") ? "/dev/shm" : undefined;
  const dir = Deno.env.get("CREDSMITH_DEMO_FOLDER") ?? memory;
  const root = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "credsmith-demo-", ...(dir ? { dir } : {}) }),
  );
  const home = `${root}/home`;
  const work = `${home}/infra`;
  const runtime = `${root}/run`;
  for (const folder of [`${home}/bin`, work]) await Deno.mkdir(folder, { recursive: true });
  await Deno.mkdir(runtime, { mode: 0o700 });
  await Deno.writeTextFile(`${home}/bin/credsmith`, starter(), { mode: 0o755 });

  const variables: Record<string, string> = {
    HOME: home,
    PATH: `${home}/bin:${Deno.env.get("PATH") ?? "/usr/bin:/bin"}`,
    XDG_RUNTIME_DIR: runtime,
    DENO_DIR: Deno.env.get("DENO_DIR") ?? await denoFolder(),
    DENO_NO_UPDATE_CHECK: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    LC_ALL: "C.UTF-8",
    TERM: "dumb",
    USER: "you",
    AWS_EC2_METADATA_DISABLED: "true",
    ...env,
  };
  const bold = color() ? (text: string) => `\x1b[1m${text}\x1b[22m` : (text: string) => text;
  const dim = color() ? (text: string) => `\x1b[2m${text}\x1b[22m` : (text: string) => text;
  const faults: string[] = [];
  let number = 0;
  let running: Deno.ChildProcess | undefined;

  async function type(command: string, options: TypeOptions = {}): Promise<string> {
    const { exit = 0, shows, shell = "sh", lines = [command] } = options;
    const prompt = shell === "sh" ? "$" : `${shell}$`;
    // The shell itself writes each line before it runs it, so that lines and output are in order.
    const script = lines.map((line) =>
      `printf '\\001%s\\n' ${quoted(`${prompt} ${line}`)}\n${line}`
    )
      .join("\n");
    running = new Deno.Command(shell, {
      args: ["-c", shell === "fish" ? `begin\n${script}\nend 2>&1` : `exec 2>&1\n${script}`],
      cwd: work,
      env: variables,
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      // A group of its own, so that all of it can be ended with the demo.
      detached: true,
    }).spawn();
    const { code, stdout } = await running.output();
    running = undefined;
    const printed = new TextDecoder().decode(stdout).replaceAll(home, "~")
      .replaceAll(runtime, "$XDG_RUNTIME_DIR");
    // deno-lint-ignore no-control-regex -- the mark that is written before each line
    console.log(printed.replace(/\n$/, "").replace(/\x01(.*)/g, (_, line) => bold(line)));
    const name = lines.at(-1)!;
    if (code !== 0) console.log(dim(`(exit ${code})`));
    if (code !== exit) faults.push(`"${name}" ended with ${code} instead of ${exit}`);
    if (shows && !shows.test(printed)) faults.push(`"${name}" does not show ${shows}`);
    return printed;
  }

  const stage: Stage = {
    root,
    home,
    faults,
    fault: (text) => void faults.push(text),
    heading(text) {
      number++;
      console.log(`\n${bold(`${number}. ${text}`)}`);
    },
    say: (text) => console.log(dim(wrap(text))),
    setEnv: (name, value) => void (variables[name] = value),
    async write(path, content) {
      const file = path.startsWith("/") ? path : `${home}/${path}`;
      await Deno.mkdir(file.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(file, content);
    },
    type,
    async strike() {
      if (running) Deno.kill(-running.pid, "SIGKILL");
      await running?.status;
      if (exists(root)) await Deno.remove(root, { recursive: true });
    },
    [Symbol.asyncDispose]: () => stage.strike(),
  };
  return stage;
}

/** Whether a program is on PATH. */
export function has(program: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => exists(`${folder}/${program}`));
}

/** Starts the named program, else credsmith from these sources with the Deno that runs the demo. */
function starter(): string {
  const program = Deno.env.get("CREDSMITH_DEMO_PROGRAM");
  const words = program ? [program] : [
    Deno.execPath(),
    ..."run -A --no-prompt --quiet".split(" "),
    `--config=${repository}deno.json`,
    `${repository}src/main.ts`,
  ];
  return `#!/bin/sh\nexec ${words.map(quoted).join(" ")} "$@"\n`;
}

/** Deno's cache, so that a home of its own does not mean a second download. */
async function denoFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/** One word in any of the shells. */
function quoted(word: string): string {
  return /^[\w./=:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function color(): boolean {
  return Deno.stdout.isTerminal() && !Deno.env.get("NO_COLOR") && Deno.env.get("TERM") !== "dumb";
}

function wrap(text: string): string {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const last = lines.length - 1;
    const longer = lines[last] ? `${lines[last]} ${word}` : word;
    if (longer.length <= width) lines[last] = longer;
    else lines.push(word);
  }
  return lines.join("\n");
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
