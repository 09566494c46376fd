/** A YAML node with its comments where go-yaml keeps them; each may have several lines. */
export interface YamlNode {
  readonly kind: "document" | "mapping" | "sequence" | "scalar" | "alias";
  /** Short (`!!int`), or as it stands; absent when none is given. */
  readonly tag?: string;
  /** A scalar's text, an alias's anchor. */
  text: string;
  /** A scalar without quotes and no block. */
  readonly plain: boolean;
  readonly flow: boolean;
  /** Where it begins, counted in UTF-16 units from 0. */
  readonly offset: number;
  /** Of a mapping: keys and values in turn. */
  readonly content: YamlNode[];
  /** What an alias stands for. */
  readonly target?: YamlNode;
  head: string;
  line: string;
  foot: string;
}
