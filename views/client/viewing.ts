/** A press on a picture shows it in front of the page; with a key held down it is the link that it is. */
export function viewPictures(): void {
  const place = document.getElementById("messages") ?? document.getElementById("main");
  place?.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a.picture") : null;
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void import("./later.ts").then(
      ({ viewPicture }) => viewPicture(link),
      () => location.assign(link.href),
    );
  });
}
