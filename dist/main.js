import { startAction } from "./action.js";
import { s as systemPorts } from "./plateau.js";
// src/main.ts
startAction({ system: systemPorts });
export {};
