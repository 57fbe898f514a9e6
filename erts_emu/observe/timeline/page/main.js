// Start: decode, build, draw; then tell how long it took (window.timeline is for tests and the curious).

async function main() {
  const begun = performance.now();
  const meta = JSON.parse(byId("meta").textContent);
  const recording = new Recording(meta, await decodeColumns(meta, byId("columns").textContent));
  if (!recording.steps) {
    byId("title").textContent = meta.title;
    byId("summary").textContent = "Nothing was recorded.";
    document.body.classList.add("empty");
    return;
  }
  const app = new App(recording);
  bindKeys(app);
  bindButtons(app);
  bindMouse(app);
  bindWindow(app);
  app.draw();
  if (window.top === window) byId("lanes").focus({preventScroll: true});
  window.timeline = {app, recording, loadedIn: performance.now() - begun, readyAt: performance.now()};
}

main().catch((error) => {
  byId("summary").textContent = `This page cannot be shown: ${error.message}`;
  throw error;
});
