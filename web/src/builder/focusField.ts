const patienceMS = 3000;

/** The field itself, then those that it is in: "a.b[0].c", "a.b[0]", "a.b", "a". */
export function placesOf(path: string): string[] {
  const places: string[] = [];
  for (let at = path; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['), 0)))
    places.push(at);
  return places;
}

/** Takes the focus to a field of the form that is about to be opened, as soon as it is there. */
export function focusField(path: string) {
  const begun = performance.now();
  const look = () => {
    const form = document.querySelector('.module-form');
    for (const place of form ? placesOf(path) : []) {
      const control = form
        ?.querySelector(`[data-path="${CSS.escape(place)}"]`)
        ?.querySelector<HTMLElement>('input, select, textarea, [role=textbox], button');
      if (!control) continue;
      control.scrollIntoView({ block: 'center' });
      control.focus();
      return;
    }
    if (!form && performance.now() - begun < patienceMS) window.requestAnimationFrame(look);
  };
  window.requestAnimationFrame(look);
}
