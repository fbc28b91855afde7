// BroadcastChannel, from one tab to the others.
export const channelOf = (tab) =>
  class {
    constructor(name) {
      this.name = name;
      tab.channels.add(this);
    }

    postMessage(data) {
      const copy = structuredClone(data);
      for (const other of tab.browser.others(tab))
        for (const channel of other.channels)
          if (channel.name === this.name)
            tab.browser.deliver(other, () => other.channels.has(channel) && channel.onmessage?.({ data: copy }));
    }

    close() {
      tab.channels.delete(this);
    }
  };
