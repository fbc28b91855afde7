// Web Locks: exclusive, and granted in order.
export class Locks {
  #held = new Map(); // lock name -> the requests for it, the holder's first

  /** `signal` ends the waiting only. */
  request(name, { signal }, work) {
    if (!this.#held.has(name)) this.#held.set(name, []);
    const queue = this.#held.get(name);
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const request = {
        granted: false,
        grant: async () => {
          request.granted = true;
          try {
            resolve(await work());
          } catch (error) {
            reject(error);
          }
          queue.shift();
          queue[0]?.grant();
        },
      };
      signal.addEventListener("abort", () => {
        if (request.granted) return;
        queue.splice(queue.indexOf(request), 1);
        reject(signal.reason);
      });
      queue.push(request);
      if (queue[0] === request) queueMicrotask(request.grant);
    });
  }
}
