/** What this page knows of to-dos beyond their contract. Without this file it works, in plainer words. */

/** @param {Collection} collection @returns {Touches} */
export const touches = ({ name, item }) => (name === "todos" && item.properties?.completed?.type === "boolean" ? TODOS : {});

/** @type {Touches} */
const TODOS = {
  heading: "To-do",
  one: "to-do",
  many: "to-dos",
  done: "completed",
  labels: { title: "Title", description: "Details" },
  placeholders: { title: "What needs doing?" },
  needed: { title: "Write a title first." },
  shows: {
    all: { label: "All", filter: {}, empty: ["A clear day", "Add the first thing you want to get done."] },
    active: { label: "Active", filter: { completed: false }, empty: ["All done", "Nothing left to do. Enjoy the quiet."] },
    completed: { label: "Completed", filter: { completed: true }, empty: ["Nothing completed yet", "What you tick off shows up here."] },
  },
  saved: ({ completed }) => (completed === undefined ? undefined : completed ? "completed" : "reopened"),
};
