// One live stream for all tabs of a browser: HTTP/1.1 allows about six connections to a host.
import { LiveStream, order } from "./live-stream.js";

const KEPT = 200; // changes that a tab which joins may have missed since its page was made
const tabs = new Set();
let recent = [];
let stream = null;

const tellAll = (message) => tabs.forEach((tab) => tab.postMessage(message));

const join = (tab, { url, since }) => {
  tabs.add(tab);
  if (!stream) {
    stream = new LiveStream(url, since, {
      onOpen: () => tellAll({ opened: true }),
      onChange: (change) => {
        recent = [...recent, change].slice(-KEPT);
        tellAll({ change });
      },
    });
    return;
  }
  recent.filter(({ id }) => order(id) > order(since)).forEach((change) => tab.postMessage({ change }));
  if (stream.isOpen) tab.postMessage({ opened: true });
  else stream.open();
};

const leave = (tab) => {
  tabs.delete(tab);
  if (tabs.size) return;
  stream?.close();
  stream = null;
  recent = [];
};

self.onconnect = ({ ports: [tab] }) => {
  tab.onmessage = ({ data }) => {
    if (data.join) join(tab, data.join);
    else if (data.leave) leave(tab);
    else if (data.reconnect) stream?.open();
  };
};
