import type { Document, Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { RulesLayoutError } from "./errors.ts";

/** A recipient to put into rules. */
export interface NewRecipient {
  /** `age1…` or `ssh-…` */
  readonly recipient: string;
  /** For the comment beside it. */
  readonly name?: string;
}

/** What is to become of the recipients of some creation rules. */
export interface RulesEdit {
  /** The rules, by their places from 0. */
  readonly rules: ReadonlySet<number>;
  readonly add?: readonly NewRecipient[];
  readonly remove?: readonly string[];
}

/** A stretch of text and what stands there instead. */
interface Change {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

type Yaml = typeof import("../sops/yaml_library.ts");

/**
 * Changes the recipients of creation rules in the text of a `.sops.yaml`. Everything else stays byte
 * for byte, comments and layout included; a comment that names a recipient goes with it.
 *
 * @param path for errors
 * @returns the new text; the same where there is nothing to do
 * @throws {RulesLayoutError} where a list is shared with other rules, is not there, or would be empty
 */
export async function editRules(text: string, path: string, edit: RulesEdit): Promise<string> {
  const yaml = await import("../sops/yaml_library.ts");
  const editor = new Editor(yaml, text, path, edit);
  const result = editor.run();
  if (result !== text) editor.prove(result);
  return result;
}

class Editor {
  readonly #document: Document.Parsed;
  readonly #newline: string;

  constructor(
    readonly yaml: Yaml,
    readonly text: string,
    readonly path: string,
    readonly edit: RulesEdit,
  ) {
    this.#document = this.#parse(text)!;
    this.#newline = text.includes("\r\n") ? "\r\n" : "\n";
  }

  run(): string {
    const places = new Set<Node>();
    for (const index of this.edit.rules) {
      for (const place of this.#placesOf(index)) places.add(place);
    }
    const changes = [...places].flatMap((place) => this.#changesOf(place))
      .sort((one, other) => other.from - one.from);
    let result = this.text;
    let last = Infinity;
    for (const { from, to, text } of changes) {
      if (to > last) throw this.#refuse("two changes meet in one place", [...places]);
      result = result.slice(0, from) + text + result.slice(to);
      last = from;
    }
    return result;
  }

  /** Nothing but what was asked for may have changed. */
  prove(result: string): void {
    const [before, after] = [this.text, result].map((text) => {
      const document = this.#parse(text);
      return document && this.#valueOf(document);
    });
    const { add = [], remove = [], rules } = this.edit;
    // What aliases share is to be compared rule by rule.
    const wanted = before && JSON.parse(JSON.stringify(before));
    for (const index of rules) {
      for (const [holder, key] of ageLists(wanted?.creation_rules?.[index])) {
        const list = recipientsIn(holder[key]).filter((each) => !remove.includes(each));
        for (const { recipient } of add) if (!list.includes(recipient)) list.push(recipient);
        holder[key] = list;
      }
    }
    const same = after !== undefined && wanted !== undefined &&
      JSON.stringify(normal(wanted)) === JSON.stringify(normal(after));
    if (!same) {
      const places = [...rules].flatMap((index) => this.#placesOf(index));
      throw this.#refuse("its list of recipients is shared with another rule", places);
    }
  }

  #parse(text: string): Document.Parsed | undefined {
    const [first] = this.yaml.parseAllDocuments(text, {
      version: "1.2",
      strict: true,
      merge: true,
    });
    return first && "errors" in first && first.errors.length === 0
      ? first as Document.Parsed
      : undefined;
  }

  // deno-lint-ignore no-explicit-any -- whatever stands in the file
  #valueOf(document: Document.Parsed): any {
    try {
      return document.toJS({ maxAliasCount: 100 });
    } catch {
      return undefined;
    }
  }

  /** The nodes that hold the age recipients of a rule: one for each of its key groups. */
  #placesOf(index: number): Node[] {
    const { isMap, isSeq } = this.yaml;
    const rules = this.#resolved(this.#document.get("creation_rules", true) as Node | undefined);
    const rule = isSeq(rules) ? this.#resolved(rules.items[index] as Node) : undefined;
    if (!isMap(rule)) throw this.#refuse("its rules are not laid out as a list of mappings", []);
    const groups = this.#resolved(this.#entry(rule, "key_groups"));
    if (isSeq(groups) && groups.items.length > 0) {
      const holders = groups.items.map((each) => this.#resolved(each as Node));
      if (holders.length > 1 && this.edit.add?.length) {
        throw this.#refuse(
          "its rule shares the data key out between key groups, and it is not said to which of them",
          holders.flatMap((each) => each ?? []),
        );
      }
      const places = holders.flatMap((each) => isMap(each) ? this.#entry(each, "age") ?? [] : []);
      if (places.length > 0) return places.map((each) => this.#resolved(each)!);
      throw this.#refuse("its rule has no list of age recipients", [groups]);
    }
    const age = this.#entry(rule, "age");
    if (age === undefined) throw this.#refuse("its rule has no list of age recipients", [rule]);
    return [this.#resolved(age)!];
  }

  /** The value of a key that stands in the mapping itself, or comes from what it merges. */
  #entry(map: YAMLMap, name: string): Node | undefined {
    const pair = map.items.find((each) => this.yaml.isScalar(each.key) && each.key.value === name);
    if (pair) return pair.value as Node | undefined ?? undefined;
    for (const each of map.items) {
      const { key } = each as Pair;
      if (!this.yaml.isScalar(key) || key.source !== "<<") continue;
      const merged = this.#resolved((each as Pair).value as Node);
      const maps = this.yaml.isSeq(merged) ? merged.items : [merged];
      for (const one of maps) {
        const target = this.#resolved(one as Node);
        const found = this.yaml.isMap(target) ? this.#entry(target, name) : undefined;
        if (found) return found;
      }
    }
    return undefined;
  }

  #resolved(node: Node | undefined): Node | undefined {
    return this.yaml.isAlias(node)
      ? node.resolve(this.#document) as Node | undefined
      : node ?? undefined;
  }

  #changesOf(place: Node): Change[] {
    const { isScalar, isSeq } = this.yaml;
    if (isScalar(place)) return this.#changesOfText(place);
    if (!isSeq(place)) throw this.#refuse("its recipients are neither text nor a list", [place]);
    return place.flow ? this.#changesOfFlow(place) : this.#changesOfBlock(place);
  }

  #recipientOf(item: unknown): string {
    const node = this.#resolved(item as Node);
    return this.yaml.isScalar(node) ? String(node.value).trim() : "";
  }

  /** Which of the items go, and which recipients are yet to come. */
  #plan(items: readonly string[]): { drop: number[]; add: readonly NewRecipient[] } {
    const { add = [], remove = [] } = this.edit;
    return {
      drop: items.flatMap((each, index) => remove.includes(each) ? [index] : []),
      add: add.filter(({ recipient }) => !items.includes(recipient)),
    };
  }

  #changesOfBlock(list: YAMLSeq): Change[] {
    const { drop, add } = this.#plan(list.items.map((each) => this.#recipientOf(each)));
    if (drop.length > 0 && drop.length === list.items.length && add.length === 0) {
      throw this.#refuse("nobody would be left in its rule", [list]);
    }
    const lines = list.items.map((each) => this.#linesOf(each as Node));
    const indent = this.#indentOf(list, lines[0]!.from);
    const named = namedAbove(this.text, lines);
    const changes: Change[] = drop.map((index) => ({
      from: named[index] ?? lines[index]!.from,
      to: lines[index]!.to,
      text: "",
    }));
    const end = lines.at(-1)!.to;
    const atEnd = this.text.slice(0, end).endsWith("\n") ? "" : this.#newline;
    const text = add.map((each) => `${indent}- ${scalarText(each.recipient)}${comment(each)}`);
    if (text.length > 0) {
      const whole = atEnd + text.join(this.#newline) + (atEnd ? "" : this.#newline);
      // Where the last item goes, the new ones take its place.
      const last = changes.findIndex(({ to }) => to === end);
      if (last < 0) changes.push({ from: end, to: end, text: whole });
      else changes[last] = { ...changes[last]!, text: whole };
    }
    return changes;
  }

  /** The lines that an item takes, up to and with their last line end. */
  #linesOf(item: Node): { readonly from: number; readonly to: number } {
    const [start, end] = item.range!;
    const from = this.text.lastIndexOf("\n", start) + 1;
    const stop = this.text.indexOf("\n", Math.max(end - 1, start));
    return { from, to: stop < 0 ? this.text.length : stop + 1 };
  }

  /** What stands before the dash of the first item. */
  #indentOf(list: YAMLSeq, from: number): string {
    const line = this.text.slice(from, this.text.indexOf("\n", from) + 1 || undefined);
    const indent = /^[ ]*(?=- )/.exec(line)?.[0];
    if (indent === undefined) throw this.#refuse("its list is laid out in an unusual way", [list]);
    return indent;
  }

  #changesOfFlow(list: YAMLSeq): Change[] {
    const { drop, add } = this.#plan(list.items.map((each) => this.#recipientOf(each)));
    if (drop.length === list.items.length && add.length === 0) {
      throw this.#refuse("nobody would be left in its rule", [list]);
    }
    const items = list.items.map((each) => (each as Node).range!);
    const changes = drop.map((index): Change => {
      const next = items[index + 1];
      const before = items[index - 1];
      // With the comma after it; the last one with the comma before it.
      const [from, to] = next && !drop.includes(index + 1)
        ? [items[index]![0], next[0]]
        : before
        ? [before[1], items[index]![1]]
        : [items[index]![0], next?.[0] ?? items[index]![1]];
      if (/#/.test(this.text.slice(from, to))) {
        throw this.#refuse("a comment stands between its recipients", [list]);
      }
      return { from, to, text: "" };
    });
    if (add.length > 0) {
      const text = add.map(({ recipient }) => scalarText(recipient)).join(", ");
      const last = items.at(-1);
      const end = last?.[1] ?? this.text.indexOf("[", list.range![0]) + 1;
      if (drop.length > 0) throw this.#refuse("it is too much at once for one line", [list]);
      changes.push({ from: end, to: end, text: last ? `, ${text}` : text });
    }
    return changes;
  }

  /** One text with commas in it, in whatever quotes, or over several lines. */
  #changesOfText(scalar: Scalar): Change[] {
    const items = recipientsIn(scalar.value);
    const { drop, add } = this.#plan(items);
    if (drop.length === 0 && add.length === 0) return [];
    const kept = items.length - drop.length;
    if (kept === 0 && add.length === 0) {
      throw this.#refuse("nobody would be left in its rule", [scalar]);
    }
    const [from, to] = scalar.range!;
    let source = this.text.slice(from, to);
    for (const index of drop) {
      const quoted = items[index]!.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      source = source.replace(new RegExp(`,\\s*${quoted}(?=\\s*(?:,|["']?\\s*$))`), "");
      if (source.includes(items[index]!)) {
        source = source.replace(new RegExp(`${quoted}\\s*,\\s*`), "");
      }
    }
    if (add.length > 0) {
      const last = items.findLast((_, index) => !drop.includes(index));
      if (last === undefined) throw this.#refuse("it is too much at once for one text", [scalar]);
      const at = source.lastIndexOf(last) + last.length;
      const parts = /,(\s*)\S[^,]*$/.exec(source.slice(0, at));
      const gap = parts?.[1] ?? "";
      const text = add.map(({ recipient }) => `,${gap}${recipient}`).join("");
      source = source.slice(0, at) + text + source.slice(at);
    }
    return [{ from, to, text: source }];
  }

  #refuse(reason: string, nodes: readonly (Node | null)[]): RulesLayoutError {
    const lines = new Map<number, string>();
    for (const node of nodes) {
      if (!node?.range) continue;
      const number = this.text.slice(0, node.range[0]).split("\n").length;
      lines.set(number, this.text.split("\n")[number - 1]!.trimEnd());
    }
    return new RulesLayoutError(
      this.path,
      reason,
      [...lines].sort(([one], [other]) => one - other).map(([number, text]) => ({ number, text })),
    );
  }
}

/** @see YAML 1.2, 7.3: SSH keys have spaces in them, which a plain text may */
function scalarText(recipient: string): string {
  return /^[A-Za-z][\w+/=@.:-]*(?: [\w+/=@.-]+)*$/.test(recipient)
    ? recipient
    : `'${recipient.replaceAll("'", "''")}'`;
}

function comment({ name }: NewRecipient): string {
  // deno-lint-ignore no-control-regex -- control characters are what is taken out
  const line = name?.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, " ").trim();
  return line ? ` # ${line}` : "";
}

/** @returns the recipients of a text with commas, or a list of texts */
function recipientsIn(value: unknown): string[] {
  const parts = Array.isArray(value) ? value : [value];
  return parts.flatMap((part) => String(part ?? "").split(","))
    .map((each) => each.trim()).filter((each) => each !== "");
}

// deno-lint-ignore no-explicit-any -- whatever stands in the file
function ageLists(rule: any): (readonly [holder: Record<string, unknown>, key: string])[] {
  const groups = Array.isArray(rule?.key_groups) && rule.key_groups.length > 0
    ? rule.key_groups
    : [rule];
  // deno-lint-ignore no-explicit-any -- whatever stands in the file
  return groups.flatMap((each: any) => each?.age === undefined ? [] : [[each, "age"]]);
}

/** The rules with every list of age recipients in one shape, each for itself. */
function normal(value: unknown, key = ""): unknown {
  if (key === "age") return recipientsIn(value);
  if (Array.isArray(value)) return value.map((each) => normal(each));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, normal(each, name)]),
  );
}

/**
 * Where the comment above each item begins, where every item has one of its own above it; otherwise
 * a comment is a heading for all that follow.
 *
 * @param items the lines of each
 */
export function namedAbove(
  text: string,
  items: readonly { readonly from: number; readonly to: number }[],
): readonly (number | undefined)[] {
  const starts = items.map(({ from }) => {
    const before = text.slice(0, from);
    const match = /(?:^|\n)([ \t]*#[^\n]*\n)$/.exec(before);
    return match ? from - match[1]!.length : undefined;
  });
  return starts.every((each) => each !== undefined) ? starts : starts.map(() => undefined);
}
