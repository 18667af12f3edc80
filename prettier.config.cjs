// Options alone: the programs are installed by dev/node.py, into the cache.
module.exports = {
    printWidth: 88,
    tabWidth: 4,
    bracketSpacing: false,
    xmlWhitespaceSensitivity: "preserve",
    xmlSelfClosingSpace: false,
    overrides: [{files: ["*.yaml", "*.yml"], options: {tabWidth: 2}}],
};
