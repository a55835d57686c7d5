// Package disk says how much room there is on a disk.
package disk
