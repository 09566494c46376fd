import { InterruptedError } from "../../platform/errors.ts";
import { Secret } from "../../sops/secret.ts";
import { harmlessName } from "../terminal.ts";
import { type Key, keyReader } from "./keyboard.ts";
import { flow } from "./lines.ts";

/** What questions are written to and answers read from; the tests have one of their own. */
export interface Console {
  readonly columns: number;
  /** Whether the cursor can be moved; without, each question is one line of text. */
  readonly cursor: boolean;
  write(text: string): void;
  /** Keys one by one, without echo. */
  raw(on: boolean): void;
  /** @returns what was typed or pasted, or `null` when the terminal is gone */
  read(): Promise<Uint8Array | null>;
}

/** One answer to choose. */
export interface Choice<T> {
  readonly value: T;
  readonly label: string;
}

/** One answer to switch on or off. */
export interface Switch<T> extends Choice<T> {
  readonly on: boolean;
}

/** Questions to the person at the terminal. Each throws `InterruptedError` on Ctrl-C. */
export interface Prompts {
  /** A yes or no and Enter; Enter alone is the default. */
  confirm(question: string, byDefault: boolean): Promise<boolean>;
  /** One of several; Enter takes what is marked, at first the first. */
  chooseOne<T>(label: string, choices: readonly Choice<T>[]): Promise<T>;
  /** Any number of several; space switches one. */
  chooseMany<T>(label: string, choices: readonly Switch<T>[]): Promise<T[]>;
  /**
   * A line of text.
   * @param check says what is wrong with an answer; it is then asked for again
   */
  askText(label: string, check?: (text: string) => string | undefined): Promise<string>;
  /** A line that is not shown while it is typed. */
  askSecret(label: string, check?: (text: Secret) => string | undefined): Promise<Secret>;
  /** The same with the spaces around it, which a passphrase may have. */
  askPassphrase(label: string): Promise<Secret>;
  /**
   * Shows a secret until a yes or no is given, and takes it off the screen again where the cursor
   * can be moved; Enter is no.
   */
  showOnce(before: string, secret: Secret, question: string): Promise<boolean>;
}

const labelWidth = 14;

/** A letter alone is no answer: Enter would go to the next question, as its default. */
const answers: ReadonlyMap<string, boolean> = new Map([
  ["y", true],
  ["yes", true],
  ["n", false],
  ["no", false],
]);

/**
 * @param console where to ask; keys that were typed ahead stay with it for the next question
 */
export function promptsOn(console: Console): Prompts {
  const decode = keyReader();
  const waiting: (Key & { readonly pasted: boolean })[] = [];

  async function nextKey(): Promise<Key & { readonly pasted: boolean }> {
    while (!waiting.length) {
      const bytes = await console.read();
      if (bytes === null) throw new InterruptedError();
      const keys = decode(bytes);
      // Nobody types two characters between two reads.
      const pasted = keys.filter(({ name }) => name === "text").length > 1;
      waiting.push(...keys.map((key) => ({ ...key, pasted })));
    }
    const key = waiting.shift()!;
    if (key.name !== "interrupt") return key;
    console.write("\n");
    throw new InterruptedError();
  }

  async function inRawMode<T>(ask: () => Promise<T>): Promise<T> {
    console.raw(true);
    try {
      return await ask();
    } finally {
      console.raw(false);
    }
  }

  /** A line, edited with backspace and Ctrl-U; echoed only where it is no secret. */
  async function readLine(echo: boolean): Promise<string> {
    const typed: string[] = [];
    const rubOut = () => typed.pop() !== undefined && echo && console.write("\b \b");
    for (;;) {
      const key = await nextKey();
      if (key.name === "enter") {
        console.write("\n");
        return typed.join("");
      }
      if (key.name === "end" && !typed.length) {
        console.write("\n");
        throw new InterruptedError();
      }
      if (key.name === "backspace") rubOut();
      if (key.name === "clear") { while (typed.length) rubOut(); }
      if (key.name === "text") {
        typed.push(key.text);
        if (echo) console.write(key.text);
      }
    }
  }

  /** Asks for a line until it is right. */
  async function askLine<T>(
    label: string,
    echo: boolean,
    take: (text: string) => T,
    check?: (value: T) => string | undefined,
  ): Promise<T> {
    for (;;) {
      console.write(`? ${harmlessName(label).padEnd(labelWidth)}`);
      const value = take(await readLine(echo));
      const fault = check?.(value);
      if (fault === undefined) return value;
      console.write(`  ${fault}\n`);
    }
  }

  /** Shows items that change with keys, in place, and leaves the last state standing. */
  async function menu<S>(
    state: S,
    items: (state: S, done: boolean) => { parts: readonly string[]; separator: string },
    hint: string,
    press: (state: S, key: Key) => S,
  ): Promise<S> {
    let drawn = 0;
    const draw = (done: boolean) => {
      const { parts: [head = "", ...rest], separator } = items(state, done);
      const lines = [...flow(head, rest, separator, console.columns), ...(done ? [] : [hint])];
      if (drawn) console.write(`${drawn > 1 ? `\x1b[${drawn - 1}A` : ""}\r\x1b[J`);
      console.write(lines.join("\n"));
      drawn = lines.length;
    };
    draw(false);
    for (;;) {
      const key = await nextKey();
      // A key that is pasted here must not choose by its letters, and go on by its line end.
      if (key.pasted) continue;
      if (key.name === "enter") {
        draw(true);
        console.write("\n");
        return state;
      }
      if (key.name === "end") {
        console.write("\n");
        throw new InterruptedError();
      }
      state = press(state, key);
      draw(false);
    }
  }

  async function confirm(question: string, byDefault: boolean): Promise<boolean> {
    const words = harmlessName(question).split(" ");
    console.write(`${flow("? ", words, " ", console.columns - 8, 2).join("\n")} `);
    console.write(byDefault ? "[Y/n] " : "[y/N] ");
    // As many as "yes" has are shown: what else is pasted here may be a secret.
    const echoed = 3;
    const typed: string[] = [];
    const rubOut = () => {
      if (typed.length && typed.length <= echoed) console.write("\b \b");
      typed.pop();
    };
    for (;;) {
      const key = await nextKey();
      if (key.name === "end") {
        console.write("\n");
        throw new InterruptedError();
      }
      if (key.name === "backspace") rubOut();
      if (key.name === "clear") { while (typed.length) rubOut(); }
      if (key.name === "text") {
        typed.push(key.text.toLowerCase());
        if (typed.length <= echoed) console.write(typed.at(-1)!);
      }
      if (key.name !== "enter") continue;
      const answer = typed.length ? answers.get(typed.join("").trim()) : byDefault;
      if (answer === undefined) {
        while (typed.length) rubOut();
        continue;
      }
      console.write(typed.length ? "\n" : `${answer ? "y" : "n"}\n`);
      return answer;
    }
  }

  return {
    confirm: (question, byDefault) => inRawMode(() => confirm(question, byDefault)),

    showOnce: (before, secret, question) =>
      inRawMode(async () => {
        const shown = `\n  ${secret.reveal()}\n\n`;
        console.write(
          `${flow("", before.split(" "), " ", console.columns, 0).join("\n")}\n${shown}`,
        );
        try {
          return await confirm(question, false);
        } finally {
          // The question's line, and those of the secret.
          if (console.cursor) console.write("\x1b[4A\r\x1b[J");
        }
      }),

    chooseOne: (label, choices) =>
      inRawMode(async () => {
        const head = `? ${harmlessName(label).padEnd(labelWidth)}`;
        const labels = choices.map((each) => harmlessName(each.label));
        if (!console.cursor) {
          const numbered = labels.map((each, index) => `${index + 1} ${each}`);
          const text = flow(head, numbered, " / ", console.columns).join("\n");
          for (;;) {
            console.write(`${text}\n  number [1]: `);
            const choice = choices[Number(await readLine(true) || "1") - 1];
            if (choice) return choice.value;
          }
        }
        const at = await menu(
          0,
          (at) => ({
            parts: [
              head,
              ...labels.map((each, index) => index === at ? `> ${each}` : each),
            ],
            separator: " / ",
          }),
          "  (arrows or a number, then Enter)",
          (at, key) => moved(at, key, labels),
        );
        return choices[at]!.value;
      }),

    chooseMany: (label, choices) =>
      inRawMode(async () => {
        const head = `? ${harmlessName(label).padEnd(labelWidth)}`;
        const labels = choices.map((each) => harmlessName(each.label));
        const boxes = (on: readonly boolean[]) =>
          labels.map((each, index) => `[${on[index] ? "x" : " "}] ${each}`);
        const first = choices.map((each) => each.on);
        const chosen = (on: readonly boolean[]) =>
          choices.filter((_, index) => on[index]).map((each) => each.value);
        const switched = (on: readonly boolean[], at: number) =>
          on.map((each, index) => index === at ? !each : each);
        if (!console.cursor) {
          for (let on: readonly boolean[] = first;;) {
            const numbered = boxes(on).map((each, index) => `${index + 1} ${each}`);
            console.write(`${flow(head, numbered, "  ", console.columns).join("\n")}\n`);
            console.write("  numbers to change, Enter to go on: ");
            const numbers = await readLine(true);
            if (!numbers.trim()) return chosen(on);
            on = [...numbers.matchAll(/\d+/g)].reduce((all, [n]) => switched(all, +n - 1), on);
          }
        }
        const { on } = await menu(
          { at: 0, on: first as readonly boolean[] },
          ({ at, on }, done) => ({
            parts: [
              head,
              ...boxes(on).map((each, index) => index === at && !done ? `> ${each}` : each),
            ],
            separator: "  ",
          }),
          "  (arrows move, space changes, Enter goes on)",
          ({ at, on }, key) => {
            if (key.name !== "text") return { at: moved(at, key, labels), on };
            if (key.text === " ") return { at, on: switched(on, at) };
            const number = Number(key.text) - 1;
            return labels[number] === undefined
              ? { at: moved(at, key, labels), on }
              : { at: number, on: switched(on, number) };
          },
        );
        return chosen(on);
      }),

    askText: (label, check) => inRawMode(() => askLine(label, true, (text) => text.trim(), check)),
    askSecret: (label, check) =>
      inRawMode(() => askLine(label, false, (text) => new Secret(text.trim()), check)),
    askPassphrase: (label) =>
      inRawMode(() => askLine(`${label} `, false, (text) => new Secret(text))),
  };
}

/** Where a key takes the mark: an arrow, a number, or the first letter of a label. */
function moved(at: number, key: Key, labels: readonly string[]): number {
  const count = labels.length;
  if (key.name === "next") return (at + 1) % count;
  if (key.name === "previous") return (at + count - 1) % count;
  if (key.name !== "text") return at;
  if (/[1-9]/.test(key.text)) {
    return labels[Number(key.text) - 1] === undefined ? at : +key.text - 1;
  }
  const letter = key.text.toLowerCase();
  const order = labels.map((_, index) => (at + 1 + index) % count);
  return order.find((index) => labels[index]!.toLowerCase().startsWith(letter)) ?? at;
}
