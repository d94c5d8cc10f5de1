export const api = "";
