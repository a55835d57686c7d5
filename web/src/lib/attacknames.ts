import { mitreLabel } from "./mitre";

/** A technique of ATT&CK, and the tactics below which it stands. */
export interface Technique {
  name: string;
  tactics: string[];
}

/** The tactics of ATT&CK for enterprises, in its order. */
export const tactics = [
  { id: "TA0043", name: "Reconnaissance" },
  { id: "TA0042", name: "Resource Development" },
  { id: "TA0001", name: "Initial Access" },
  { id: "TA0002", name: "Execution" },
  { id: "TA0003", name: "Persistence" },
  { id: "TA0004", name: "Privilege Escalation" },
  { id: "TA0005", name: "Defense Evasion" },
  { id: "TA0006", name: "Credential Access" },
  { id: "TA0007", name: "Discovery" },
  { id: "TA0008", name: "Lateral Movement" },
  { id: "TA0009", name: "Collection" },
  { id: "TA0011", name: "Command and Control" },
  { id: "TA0010", name: "Exfiltration" },
  { id: "TA0040", name: "Impact" },
];

const t = (name: string, ...numbers: string[]): Technique => ({ name, tactics: numbers.map((n) => `TA00${n}`) });

/** The techniques that shipped rules name, with those of which they are parts; a test looks that none is missing. */
export const techniques: Record<string, Technique> = {
  T1018: t("Remote System Discovery", "07"),
  T1027: t("Obfuscated Files or Information", "05"),
  T1036: t("Masquerading", "05"),
  T1040: t("Network Sniffing", "06", "07"),
  T1046: t("Network Service Discovery", "07"),
  T1053: t("Scheduled Task/Job", "02", "03", "04"),
  "T1053.003": t("Cron", "02", "03", "04"),
  T1059: t("Command and Scripting Interpreter", "02"),
  "T1059.004": t("Unix Shell", "02"),
  "T1059.007": t("JavaScript", "02"),
  T1068: t("Exploitation for Privilege Escalation", "04"),
  T1070: t("Indicator Removal", "05"),
  "T1070.002": t("Clear Linux or Mac System Logs", "05"),
  "T1070.003": t("Clear Command History", "05"),
  "T1070.004": t("File Deletion", "05"),
  "T1070.006": t("Timestomp", "05"),
  T1072: t("Software Deployment Tools", "02", "08"),
  T1078: t("Valid Accounts", "01", "03", "04", "05"),
  "T1078.004": t("Cloud Accounts", "01", "03", "04", "05"),
  T1082: t("System Information Discovery", "07"),
  T1083: t("File and Directory Discovery", "07"),
  T1087: t("Account Discovery", "07"),
  "T1087.001": t("Local Account", "07"),
  T1090: t("Proxy", "11"),
  "T1090.002": t("External Proxy", "11"),
  T1095: t("Non-Application Layer Protocol", "11"),
  T1098: t("Account Manipulation", "03", "04"),
  "T1098.001": t("Additional Cloud Credentials", "03", "04"),
  "T1098.003": t("Additional Cloud Roles", "03", "04"),
  "T1098.004": t("SSH Authorized Keys", "03", "04"),
  "T1098.006": t("Additional Container Cluster Roles", "03", "04"),
  "T1098.007": t("Additional Local or Domain Groups", "03", "04"),
  T1105: t("Ingress Tool Transfer", "11"),
  T1110: t("Brute Force", "06"),
  "T1110.001": t("Password Guessing", "06"),
  "T1110.003": t("Password Spraying", "06"),
  "T1110.004": t("Credential Stuffing", "06"),
  T1133: t("External Remote Services", "01", "03"),
  T1136: t("Create Account", "03"),
  "T1136.001": t("Local Account", "03"),
  T1190: t("Exploit Public-Facing Application", "01"),
  T1204: t("User Execution", "02"),
  "T1204.003": t("Malicious Image", "02"),
  T1213: t("Data from Information Repositories", "09"),
  T1485: t("Data Destruction", "40"),
  T1489: t("Service Stop", "40"),
  T1496: t("Resource Hijacking", "40"),
  T1498: t("Network Denial of Service", "40"),
  T1499: t("Endpoint Denial of Service", "40"),
  "T1499.002": t("Service Exhaustion Flood", "40"),
  T1505: t("Server Software Component", "03"),
  "T1505.003": t("Web Shell", "03"),
  T1530: t("Data from Cloud Storage", "09"),
  T1531: t("Account Access Removal", "40"),
  T1547: t("Boot or Logon Autostart Execution", "03", "04"),
  "T1547.006": t("Kernel Modules and Extensions", "03", "04"),
  T1548: t("Abuse Elevation Control Mechanism", "04", "05"),
  "T1548.003": t("Sudo and Sudo Caching", "04", "05"),
  T1552: t("Unsecured Credentials", "06"),
  "T1552.001": t("Credentials In Files", "06"),
  "T1552.007": t("Container API", "06"),
  T1554: t("Compromise Host Software Binary", "03"),
  T1556: t("Modify Authentication Process", "03", "05", "06"),
  "T1556.006": t("Multi-Factor Authentication", "03", "05", "06"),
  T1562: t("Impair Defenses", "05"),
  "T1562.001": t("Disable or Modify Tools", "05"),
  "T1562.006": t("Indicator Blocking", "05"),
  "T1562.007": t("Disable or Modify Cloud Firewall", "05"),
  "T1562.008": t("Disable or Modify Cloud Logs", "05"),
  T1566: t("Phishing", "01"),
  T1574: t("Hijack Execution Flow", "03", "04", "05"),
  "T1574.006": t("Dynamic Linker Hijacking", "03", "04", "05"),
  T1580: t("Cloud Infrastructure Discovery", "07"),
  T1592: t("Gather Victim Host Information", "43"),
  "T1592.002": t("Software", "43"),
  T1594: t("Search Victim-Owned Websites", "43"),
  T1595: t("Active Scanning", "43"),
  "T1595.001": t("Scanning IP Blocks", "43"),
  "T1595.002": t("Vulnerability Scanning", "43"),
  "T1595.003": t("Wordlist Scanning", "43"),
  T1609: t("Container Administration Command", "02"),
  T1610: t("Deploy Container", "05", "02"),
  T1611: t("Escape to Host", "04"),
  T1620: t("Reflective Code Loading", "05"),
  T1621: t("Multi-Factor Authentication Request Generation", "06"),
  T1657: t("Financial Theft", "40"),
};

/** Reads the technique or the tactic that a tag names, in Datadog's form or in Sigma's. */
export function mitreOf(tag: string): { technique?: string; tactic?: string; name: string } {
  if (!/^(tactic:|technique:|attack\.)/i.test(tag)) return { name: "" };
  const { id, name } = mitreLabel(tag);
  if (/^TA/.test(id)) return { tactic: id, name };
  if (id) return { technique: id, name };
  const word = name.toLowerCase().replaceAll(/[-_]/g, " ");
  const known = tactics.find((one) => one.name.toLowerCase() === word);
  return known ? { tactic: known.id, name: known.name } : { name };
}
