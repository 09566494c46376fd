/**
 * Lays items out in lines that end before the last column, indented like the first item.
 *
 * @param head what stands before the first item; where it is empty, the first item does
 */
export function flow(
  head: string,
  items: readonly string[],
  separator: string,
  columns: number,
  indent?: number,
): string[] {
  const [first = "", ...others] = head ? [head, ...items] : items;
  const margin = " ".repeat(indent ?? first.length);
  const lines = [first];
  others.forEach((item, index) => {
    const last = lines.length - 1;
    const joint = index === 0 && head ? "" : separator;
    const longer = `${lines[last]}${joint}${item}`;
    if (longer.length < columns || (index === 0 && head)) {
      lines[last] = longer.slice(0, columns - 1);
    } else {
      lines[last] += separator.trimEnd();
      lines.push(`${margin}${item}`.slice(0, columns - 1));
    }
  });
  return lines;
}

/** A label on one line; names come out of files, and must not move the cursor. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is taken out
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, "?");
}
