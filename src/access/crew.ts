import { coreCount, WorkerPool } from "../platform/workers.ts";
import { type Identity, recipientKind } from "../sops/keys/identity.ts";
import { ageKeysOf } from "../sops/keys/master_key.ts";
import type { Format, Layout } from "../sops/tree.ts";
import { type Task, type Tools, workOut } from "./work_out.ts";

/** What threads are started with: identities as they are written, which this process holds anyway. */
export interface CrewSetup {
  readonly identities: readonly string[];
}

/** A task that can go to another thread. */
export interface SentTask {
  readonly step: Task["step"];
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly format: Format;
  readonly groups: readonly (readonly string[])[];
  readonly shamirThreshold?: number;
  readonly layout?: Layout;
}

export interface SentTasks {
  readonly tasks: readonly SentTask[];
  /** The time, as text. */
  readonly now: string;
}

/** New bytes; nothing for what failed. What was only verified comes back as nothing but `true`. */
export type Answers = readonly (Uint8Array<ArrayBuffer> | true | undefined)[];

/** From so many files on, a thread is worth its start. */
const filesForThreads = 500;
/** This thread reads and writes as well, so it takes less of the rest. */
const ownShare = 0.7;

/** Works out files on all cores. */
export class Crew {
  readonly #tools: Tools;
  readonly #now: () => Temporal.Instant;
  readonly #pool: WorkerPool<SentTasks, Answers> | undefined;

  /**
   * @param files how many there are to do
   * @param mostThreads besides this one; as there are cores unless given
   */
  constructor(
    files: number,
    tools: Tools,
    now: () => Temporal.Instant,
    mostThreads = coreCount() - 1,
  ) {
    this.#tools = tools;
    this.#now = now;
    const threads = Math.min(mostThreads, Math.floor(files / filesForThreads));
    if (threads > 0 && isPortable(tools)) {
      this.#pool = new WorkerPool(workerUrl(), threads, {
        identities: tools.identities.flatMap(secretOf),
      });
    }
  }

  /** How many threads there are besides this one. */
  get threads(): number {
    return this.#pool?.size ?? 0;
  }

  /**
   * Works out some files. A part of them goes to other threads; what fails there is done again here,
   * for its error.
   *
   * @param done called for each, with its place, as it is ready
   */
  async run(
    tasks: readonly Task[],
    done: (at: number, result: Promise<Uint8Array<ArrayBuffer>>) => Promise<void>,
  ): Promise<void> {
    const now = this.#now();
    const here = (at: number) => done(at, workOut(tasks[at]!, this.#tools, now));
    const pool = this.#pool;
    if (!pool) {
      for (const at of tasks.keys()) await here(at);
      return;
    }
    const own: number[] = [];
    const parcels: number[][] = Array.from({ length: pool.size }, () => []);
    // Every thread gets its part from all over the list.
    let due = 0;
    for (const [at, task] of tasks.entries()) {
      due += ownShare / (pool.size + ownShare);
      const parcel = isSendable(task) ? parcels[at % pool.size] : undefined;
      if (due >= 1 || !parcel) {
        own.push(at);
        due = Math.max(0, due - 1);
      } else parcel.push(at);
    }
    const sent = parcels.filter((each) => each.length > 0).map((places) => ({
      places,
      answers: pool.ask({ tasks: places.map((at) => sentTask(tasks[at]!)), now: now.toString() })
        .catch((): Answers => []),
    }));
    for (const at of own) await here(at);
    for (const { places, answers } of sent) {
      const got = await answers;
      for (const [index, at] of places.entries()) {
        const answer = got[index];
        if (answer === undefined) await here(at);
        else await done(at, Promise.resolve(answer === true ? tasks[at]!.bytes : answer));
      }
    }
  }

  close(): void {
    this.#pool?.close();
  }
}

/** The module of a thread; bundled, it stands beside the program. */
function workerUrl(): URL {
  const here = import.meta.url;
  return new URL(here.endsWith(".ts") ? "./worker.ts" : "./access_worker.js", here);
}

/** Whether the identities are nothing but keys, so that another thread can use them. */
function isPortable({ identities, services = [] }: Tools): boolean {
  return services.length === 0 &&
    identities.every(({ kind }) => kind === "x25519" || kind === "unsupported");
}

function secretOf(identity: Identity): string[] {
  return identity.kind === "x25519" ? [identity.secret.reveal()] : [];
}

function isSendable({ keys }: Task): boolean {
  return keys.groups.flat().every((key) =>
    key.type === "age" && recipientKind(key.recipient) !== "plugin"
  );
}

function sentTask({ step, bytes, format, keys, layout }: Task): SentTask {
  const { groups, shamirThreshold } = keys;
  return {
    step,
    bytes,
    format,
    groups: groups.map((group) => ageKeysOf(group).map(({ recipient }) => recipient)),
    ...(shamirThreshold === undefined ? {} : { shamirThreshold }),
    ...(layout ? { layout } : {}),
  };
}
