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
