// Live updates: each change is told as "declic:change" {kind, channel, message}, each (re)opening of
// the stream as "declic:live"; "declic:reconnect" opens it anew.
"use strict";
{
const { live: url, liveSince } = document.body.dataset;
const here = document.currentScript.src;
const beside = (name) => new URL(name, here);
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

let since = liveSince ?? "";
const changed = ({ id, detail }) => {
  since = id;
  tell("declic:change", detail);
  if (detail.kind === "reload") tell("declic:live"); // too much was missed to be told one by one
};
const opened = () => tell("declic:live");

// One stream for all tabs.
const listenTogether = () => {
  const worker = new SharedWorker(beside("live-worker.js"), { type: "module", name: "declic-live" });
  const { port } = worker;
  worker.onerror = () => { // an old browser without modules there
    port.close();
    listenAlone();
  };
  port.onmessage = ({ data }) => {
    if (data.change) changed(data.change);
    else opened();
  };
  const join = () => port.postMessage({ join: { url, since } });
  addEventListener("pagehide", () => port.postMessage({ leave: true }));
  addEventListener("pageshow", ({ persisted }) => { if (persisted) join(); });
  document.addEventListener("declic:reconnect", () => port.postMessage({ reconnect: true }));
  join();
};

// A stream of its own, only while the tab is looked at.
const listenAlone = async () => {
  const { LiveStream } = await import(beside("live-stream.js"));
  let stream = null;
  const follow = () => {
    if (document.hidden) {
      stream?.close();
      stream = null;
    } else {
      stream ??= new LiveStream(url, since, { onChange: changed, onOpen: opened });
    }
  };
  document.addEventListener("visibilitychange", follow);
  document.addEventListener("declic:reconnect", () => stream?.open());
  follow();
};

// Scripts after this one listen too: begin once all of them are there.
if (url) {
  addEventListener("DOMContentLoaded", () => {
    if (globalThis.SharedWorker) listenTogether();
    else listenAlone();
  });
}
}
