// The page's elements: finds one of the document, makes one of a picture.
export const element = (id) => document.getElementById(id);

export function shape(name, attributes, words) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (words) made.append(words);
  return made;
}
