// Where the model looked, asked for once an error; what failed says why.

const ANSWERS_KEPT = 200;

export class Wheres {
  constructor(ask) {
    this.ask = ask;
    this.answers = new Map();
  }

  of(id) {
    if (!this.answers.has(id)) {
      if (this.answers.size > ANSWERS_KEPT) this.answers.clear();
      this.answers.set(id, this.ask(id).catch((error) => ({ error: error.message })));
    }
    return this.answers.get(id);
  }
}
