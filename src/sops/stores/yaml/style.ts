import { resolvePlain } from "./resolve.ts";

/** How a scalar is written. */
export type Style = "plain" | "single" | "double" | "literal";

/** What the characters of a string allow. */
interface Analysis {
  /** Line breaks of any kind, so that it cannot be a simple key. */
  readonly multiline: boolean;
  readonly plain: boolean;
  readonly single: boolean;
  readonly literal: boolean;
}

const lineFeed = 0x0a;

/** Line breaks, as YAML 1.1 counts them. */
export function isBreak(code: number): boolean {
  return code === lineFeed || code === 0x0d || code === 0x85 || code === 0x2028 || code === 0x2029;
}

/** go-yaml escapes what is beyond the Basic Multilingual Plane, the byte order mark and controls. */
export function isPrintable(code: number): boolean {
  return code === lineFeed || code >= 0x20 && code <= 0x7e ||
    code >= 0xa0 && code <= 0xd7ff || code >= 0xe000 && code <= 0xfffd && code !== 0xfeff;
}

const simple = /^[A-Za-z0-9_/+.\\=$^(;~](?:[A-Za-z0-9_/+.\\=$^();~,[\]{}*&!|<>'"%@?-]|:(?=[^]))*$/;
const startsAsIndicator = new Set("#,[]{}&*!|>'\"%@`");

function analyse(value: string): Analysis {
  if (value.length === 0) return { multiline: false, plain: true, single: true, literal: false };
  let indicators = value.startsWith("---") || value.startsWith("...");
  let breaks = false;
  let special = false;
  let tabs = false;
  let breakThenSpace = false;
  let spaceThenBreak = false;
  let before: "space" | "break" | "other" = "other";
  let afterBlank = true;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    const next = value.charCodeAt(at + 1);
    const blankFollows = at + 1 >= value.length || next === 0x20 || next === 0x09;
    if (at === 0) {
      const char = value.charAt(0);
      if (startsAsIndicator.has(char)) indicators = true;
      else if ((char === "?" || char === ":" || char === "-") && blankFollows) indicators = true;
    } else if (code === 0x3a && blankFollows || code === 0x23 && afterBlank) {
      indicators = true;
    }
    if (code === 0x09) tabs = true;
    else if (!isPrintable(code)) special = true;
    if (code === 0x20) {
      if (before === "break") breakThenSpace = true;
      before = "space";
    } else if (isBreak(code)) {
      breaks = true;
      if (before === "space") spaceThenBreak = true;
      before = "break";
    } else {
      before = "other";
    }
    afterBlank = code === 0x20 || code === 0x09 || code === 0 || isBreak(code);
  }
  const last = value.charCodeAt(value.length - 1);
  const first = value.charCodeAt(0);
  const edges = first === 0x20 || isBreak(first) || last === 0x20 || isBreak(last);
  const single = !breakThenSpace && !spaceThenBreak && !tabs && !special;
  return {
    multiline: breaks,
    plain: single && !edges && !breaks && !indicators,
    single,
    literal: last !== 0x20 && !spaceThenBreak && !special,
  };
}

/**
 * How go-yaml writes a string, and whether that can be a simple key.
 *
 * @param value the string
 * @returns `tag` is set where go-yaml would write a tag before it
 * @see go-yaml v3 encode.go, stringv; emitterc.go, yaml_emitter_select_scalar_style
 */
export function styleOf(value: string): { style: Style; multiline: boolean; tag?: string } {
  if (value.length > 0 && simple.test(value) && resolvePlain(value) === undefined && !old(value)) {
    return value.startsWith("...")
      ? { style: "single", multiline: false }
      : { style: "plain", multiline: false };
  }
  const { multiline, plain, single, literal } = analyse(value);
  if (value.includes("\n")) return { style: literal ? "literal" : "double", multiline };
  if (value === "<<") return { style: "plain", multiline, tag: "!!merge" };
  if (resolvePlain(value) !== undefined || old(value)) return { style: "double", multiline };
  return { style: plain ? "plain" : single ? "single" : "double", multiline };
}

/** Strings that YAML 1.1 took for something else; go-yaml does not, but quotes them. */
function old(value: string): boolean {
  if (value.length <= 3 && /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/.test(value)) {
    return true;
  }
  return value.includes(":") && /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(value);
}
