/** What uses the action, checks it out or clones it, and says who owns it. */
const NAMED = /(uses: |repository: |https:\/\/github\.com\/)[\w.-]+(?=\/plateau(?:[/@\s\],'"`)]|$))/gm

/** The text with this owner wherever it says where the action lies. */
export function writeOwner(text: string, owner: string): string {
  return text.replace(NAMED, (_, before: string) => before + owner)
}
