/** How many cores there are to work on. */
export function coreCount(): number {
  return Math.max(1, navigator.hardwareConcurrency);
}

interface Message<T> {
  readonly id: number;
  readonly content: T;
}

/**
 * Threads that answer tasks. Each starts with the permissions that there are at that moment; it
 * takes some 100 ms until it answers the first.
 */
export class WorkerPool<Task, Answer> {
  readonly #workers: Worker[];
  readonly #waiting = new Map<number, {
    readonly resolve: (answer: Answer) => void;
    readonly reject: (error: Error) => void;
  }>();
  #next = 0;

  /**
   * @param url of a module that calls `answerTasks`
   * @param setup sent to each before all tasks
   */
  constructor(url: URL, count: number, setup: unknown) {
    this.#workers = Array.from({ length: count }, () => {
      const worker = new Worker(url, { type: "module" });
      worker.onmessage = ({ data: { id, content } }: MessageEvent<Message<Answer>>) => {
        this.#waiting.get(id)?.resolve(content);
        this.#waiting.delete(id);
      };
      worker.onerror = (event) => {
        // It is told by whoever waits for an answer.
        event.preventDefault();
        for (const { reject } of this.#waiting.values()) reject(new Error("a thread has ended"));
        this.#waiting.clear();
      };
      worker.postMessage({ id: -1, content: setup });
      return worker;
    });
  }

  get size(): number {
    return this.#workers.length;
  }

  /** @throws {Error} when the thread has ended */
  ask(task: Task): Promise<Answer> {
    const id = this.#next++;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#waiting.set(id, { resolve, reject });
    this.#workers[id % this.#workers.length]!.postMessage({ id, content: task });
    return promise;
  }

  close(): void {
    for (const worker of this.#workers) worker.terminate();
  }
}

/**
 * The other side: answers tasks one after another, in the order in which they come.
 *
 * @param setup gets what the pool was made with, and gives what answers
 */
export function answerTasks<Setup, Task, Answer>(
  setup: (given: Setup) => Promise<(task: Task) => Promise<Answer>>,
): void {
  const scope = globalThis as unknown as {
    onmessage: (event: MessageEvent<Message<Setup | Task>>) => void;
    postMessage: (message: Message<Answer>) => void;
  };
  let answer: Promise<(task: Task) => Promise<Answer>>;
  let last: Promise<unknown> = Promise.resolve();
  scope.onmessage = ({ data: { id, content } }) => {
    if (id < 0) {
      answer = setup(content as Setup);
      return;
    }
    last = last.then(async () => {
      scope.postMessage({ id, content: await (await answer)(content as Task) });
    });
  };
}
