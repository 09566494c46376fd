/** What one press of a key, or one character of a paste, means to a question. */
export type Key =
  | { readonly name: "text"; readonly text: string }
  | {
    readonly name:
      | "enter"
      | "backspace"
      | "clear"
      | "next"
      | "previous"
      | "interrupt"
      | "end";
  };

const controls: Readonly<Record<string, Exclude<Key["name"], "text">>> = {
  "\r": "enter",
  "\n": "enter",
  "\x7f": "backspace",
  "\b": "backspace",
  "\x15": "clear",
  "\t": "next",
  "\x03": "interrupt",
  "\x04": "end",
};

const arrows: Readonly<Record<string, "next" | "previous">> = {
  A: "previous",
  B: "next",
  C: "next",
  D: "previous",
  Z: "previous",
};

/**
 * Turns what a terminal in raw mode sends into keys. Escape sequences may arrive in pieces (over
 * ssh, in tmux), so the reader keeps what is not complete until more comes.
 *
 * @returns a function from the next bytes to the keys that are complete with them
 * @see ECMA-48, 5.4: a control sequence is ESC [, parameters 0x20 to 0x3F, one final byte 0x40 to 0x7E
 */
export function keyReader(): (bytes: Uint8Array) => Key[] {
  const decoder = new TextDecoder();
  let rest = "";
  return (bytes) => {
    rest += decoder.decode(bytes, { stream: true });
    const keys: Key[] = [];
    while (rest) {
      // deno-lint-ignore no-control-regex -- ESC is what a sequence begins with
      const sequence = /^\x1b(?:\[[\x20-\x3f]*[\x40-\x7e]|O[\s\S])/.exec(rest)?.[0];
      if (sequence) {
        rest = rest.slice(sequence.length);
        const name = arrows[sequence.at(-1)!];
        if (name) keys.push({ name });
        continue;
      }
      // An escape that nothing follows yet may be the start of a sequence.
      // deno-lint-ignore no-control-regex -- as above
      if (/^\x1b(?:$|O$|\[[\x20-\x3f]*$)/.test(rest)) break;
      const character = String.fromCodePoint(rest.codePointAt(0)!);
      rest = rest.slice(character.length);
      // CR LF is one Enter: a paste from Windows.
      if (character === "\r" && rest.startsWith("\n")) rest = rest.slice(1);
      const name = controls[character];
      if (name) keys.push({ name });
      else if (character >= " ") keys.push({ name: "text", text: character });
    }
    return keys;
  };
}
