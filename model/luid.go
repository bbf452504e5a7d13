package model

// LUID is a locally unique identifier. That of a main-mode SA, an unsigned
// 64-bit number, joins failures: it is mmSaLuid of QM_FAILURE1, MMSaLuid of
// event 1007, MMSAID of event 4654.
type LUID uint64
