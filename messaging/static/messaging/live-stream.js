// One stream of server-sent events that comes back by itself and goes on where it was.
const SILENCE = 45_000; // the server says something every 15 seconds
const SOONEST = 2_000;
const LATEST = 60_000;

// "120-117.118" means: heard up to 120, but for those two.
export const order = (position) => Number(String(position).split("-")[0]);

export class LiveStream {
  constructor(url, since, { onChange, onOpen }) {
    Object.assign(this, { url, since, onChange, onOpen, wait: SOONEST });
    this.watch = setInterval(() => {
      if (Date.now() - this.heardAt > SILENCE) this.open(); // a connection that died without a word
    }, SILENCE / 3);
    this.open();
  }

  get isOpen() {
    return this.source?.readyState === EventSource.OPEN;
  }

  open() {
    clearTimeout(this.retry);
    this.source?.close();
    this.heardAt = Date.now();
    const source = new EventSource(`${this.url}?since=${encodeURIComponent(this.since)}`);
    this.source = source;
    source.onopen = () => {
      this.heardAt = Date.now();
      this.wait = SOONEST;
      this.onOpen();
    };
    source.onmessage = ({ data, lastEventId }) => {
      this.heardAt = Date.now();
      this.since = lastEventId;
      this.onChange({ id: lastEventId, detail: JSON.parse(data) });
    };
    source.addEventListener("beat", () => { this.heardAt = Date.now(); });
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED && source === this.source) this.openLater();
    };
  }

  // The browser gives up on an answer other than 200: signed out, or a proxy while the server starts.
  openLater() {
    clearTimeout(this.retry);
    this.heardAt = Infinity;
    this.retry = setTimeout(() => this.open(), this.wait * (0.5 + Math.random()));
    this.wait = Math.min(this.wait * 2, LATEST);
  }

  close() {
    clearInterval(this.watch);
    clearTimeout(this.retry);
    this.source.close();
  }
}
