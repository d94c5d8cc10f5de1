/** What this page knows of to-dos beyond their contract. Without this file it works, in plainer words. */

/** @param {Collection} collection @returns {Touches} */
export const touches = ({ name, item }) => (name === "todos" && item.properties?.completed?.type === "boolean" ? TODOS : {});

/** @type {Touches} */
const TODOS = {
  heading: "To-do",
  done: "completed",
  labels: { title: "Title", description: "Details" },
  hints: { title: "", description: "" },
  placeholders: { title: "What needs doing?", description: "Optional" },
  needed: { title: "Write a title first." },
  choices: { completed: [[false, "Active"], [true, "Completed"]] },
  empty: {
    "": ["A clear day", "Add the first thing you want to get done."],
    "completed=false": ["All done", "Nothing left to do. Enjoy the quiet."],
    "completed=true": ["Nothing completed yet", "What you tick off shows up here."],
  },
  saved: ({ completed }) => (completed === undefined ? undefined : completed ? "completed" : "reopened"),
};
