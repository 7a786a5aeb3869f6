#ifndef REGRAFT_COPENBLAS_H
#define REGRAFT_COPENBLAS_H

#include <cblas.h>

// LAPACK's Fortran entry points, which OpenBLAS carries but whose C header is a package of its own.
// https://netlib.org/lapack/explore-html: Cholesky factorisation and solution of a symmetric positive definite system.
// and Householder QR factorisation.
void sgeqrf_(const int *m, const int *n, float *a, const int *lda, float *tau, float *work, const int *lwork, int *info);
void sorgqr_(const int *m, const int *n, const int *k, float *a, const int *lda, const float *tau, float *work,
             const int *lwork, int *info);
void spotrf_(const char *uplo, const int *n, float *a, const int *lda, int *info);
void spotrs_(const char *uplo, const int *n, const int *nrhs, const float *a, const int *lda, float *b, const int *ldb,
             int *info);

#endif
