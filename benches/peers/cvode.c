/* CVODE's BDF on the problems that `slowflow-peers` writes: w' = -grad F(w) - lambda w to t = s/lambda, s = 0.1, 0.5, 1, 2, 5.
 *
 *   cvode PROBLEM gmres|lu LAMBDA RTOL SECONDS OUT
 *
 * atol = rtol/100. Derivatives are analytic: Hessian products for GMRES (30 vectors, no preconditioner), the Hessian for LU
 * (LAPACK's dgetrf). Prints "CPU-seconds evaluations jacobians steps" of the integration alone and writes the five states to OUT.
 *
 *   gcc -O3 -march=native -o cvode cvode.c -lsundials_cvode -lsundials_nvecserial -lsundials_sunmatrixdense \
 *       -lsundials_sunlinsolspgmr -lsundials_sunnonlinsolnewton -lsundials_generic -lopenblas -lm
 */
#include <cblas.h>
#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sunlinsol/sunlinsol_spgmr.h>
#include <sunmatrix/sunmatrix_dense.h>
#include <time.h>

void dgetrf_(int *, int *, double *, int *, int *, int *);
void dgetrs_(char *, int *, int *, double *, int *, int *, double *, int *, int *, size_t);

enum { LINEAR, DIAGONAL, COMPLETION };

typedef struct {
    int kind, n, p, dim, side, half; /* half: where V begins in the weights of a completion or a diagonal network */
    int *row, *col;                  /* observed entries, as offsets of their factors in the weights */
    double *x, *y, *gram;            /* X row by row (n x p), targets, X'X/n */
    double *r, *e, *b, *g;           /* scratch: n, n, p, p */
    double lambda, deadline;
    long evaluations, jacobians;
} Problem;

static double cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *fresh(size_t count) {
    void *memory = calloc(count + 1, sizeof(double));
    if (!memory) exit(2);
    return memory;
}

static void forward(const Problem *q, const double *v, double *out) { /* X v */
    cblas_dgemv(CblasRowMajor, CblasNoTrans, q->n, q->p, 1.0, q->x, q->p, v, 1, 0.0, out, 1);
}

static void backward(const Problem *q, const double *c, double *out) { /* X'c/n */
    cblas_dgemv(CblasRowMajor, CblasTrans, q->n, q->p, 1.0 / q->n, q->x, q->p, c, 1, 0.0, out, 1);
}

/* grad F into out; leaves r, and X'r/n in g, behind. */
static void gradient(Problem *q, const double *w, double *out) {
    const int h = q->half;
    if (q->kind == COMPLETION) {
        memset(out, 0, sizeof(double) * q->dim);
        for (int k = 0; k < q->n; k++) {
            const double *u = w + q->row[k], *v = w + q->col[k];
            double s = -q->y[k], *du = out + q->row[k], *dv = out + q->col[k];
            for (int a = 0; a < q->side; a++) s += u[a] * v[a];
            q->r[k] = s;
            for (int a = 0; a < q->side; a++) du[a] += s * v[a], dv[a] += s * u[a];
        }
        return;
    }
    const double *beta = w;
    if (q->kind == DIAGONAL) {
        for (int i = 0; i < h; i++) q->b[i] = w[i] * w[h + i];
        beta = q->b;
    }
    forward(q, beta, q->r);
    for (int k = 0; k < q->n; k++) q->r[k] -= q->y[k];
    if (q->kind == LINEAR) {
        backward(q, q->r, out);
        return;
    }
    backward(q, q->r, q->g);
    for (int i = 0; i < h; i++) out[i] = w[h + i] * q->g[i], out[h + i] = w[i] * q->g[i];
}

/* Hessian of F at w times z. */
static void product(Problem *q, const double *w, const double *z, double *out) {
    const int h = q->half;
    if (q->kind == LINEAR) {
        forward(q, z, q->e);
        backward(q, q->e, out);
        return;
    }
    gradient(q, w, out);
    if (q->kind == DIAGONAL) {
        for (int i = 0; i < h; i++) q->b[i] = w[i] * z[h + i] + w[h + i] * z[i], out[i] = z[h + i] * q->g[i], out[h + i] = z[i] * q->g[i];
        forward(q, q->b, q->e);
        backward(q, q->e, q->g);
        for (int i = 0; i < h; i++) out[i] += w[h + i] * q->g[i], out[h + i] += w[i] * q->g[i];
        return;
    }
    memset(out, 0, sizeof(double) * q->dim);
    for (int k = 0; k < q->n; k++) {
        const int i = q->row[k], j = q->col[k];
        double e = 0, s = q->r[k];
        for (int a = 0; a < q->side; a++) e += z[i + a] * w[j + a] + w[i + a] * z[j + a];
        for (int a = 0; a < q->side; a++) out[i + a] += e * w[j + a] + s * z[j + a], out[j + a] += e * w[i + a] + s * z[i + a];
    }
}

/* Hessian of F at w, column by column. */
static void hessian(Problem *q, const double *w, double *out) {
    const int h = q->half, d = q->dim;
    if (q->kind == LINEAR) {
        memcpy(out, q->gram, sizeof(double) * d * d);
        return;
    }
    double *scratch = fresh(d);
    gradient(q, w, scratch);
    free(scratch);
    if (q->kind == DIAGONAL) {
        for (int j = 0; j < h; j++) {
            double *left = out + (size_t)j * d, *right = out + (size_t)(h + j) * d;
            for (int i = 0; i < h; i++) {
                const double a = q->gram[(size_t)j * h + i];
                left[i] = w[h + i] * a * w[h + j], left[h + i] = w[i] * a * w[h + j];
                right[i] = w[h + i] * a * w[j], right[h + i] = w[i] * a * w[j];
            }
            left[h + j] += q->g[j], right[j] += q->g[j];
        }
        return;
    }
    memset(out, 0, sizeof(double) * d * d);
    for (int k = 0; k < q->n; k++) {
        const size_t i = q->row[k], j = q->col[k];
        for (size_t a = 0; a < (size_t)q->side; a++) {
            for (size_t b = 0; b < (size_t)q->side; b++) {
                const double mixed = w[j + a] * w[i + b] + (a == b ? q->r[k] : 0.0);
                out[(i + a) * d + i + b] += w[j + a] * w[j + b], out[(j + a) * d + j + b] += w[i + a] * w[i + b];
                out[(j + b) * d + i + a] += mixed, out[(i + a) * d + j + b] += mixed;
            }
        }
    }
}

static int slope(realtype t, N_Vector u, N_Vector out, void *data) {
    Problem *q = data;
    const double *w = N_VGetArrayPointer(u);
    double *f = N_VGetArrayPointer(out);
    if ((++q->evaluations & 63) == 0 && cpu() > q->deadline) return -1;
    gradient(q, w, f);
    for (int i = 0; i < q->dim; i++) f[i] = -f[i] - q->lambda * w[i];
    return 0;
}

static int times(N_Vector v, N_Vector out, realtype t, N_Vector u, N_Vector f, void *data, N_Vector scratch) {
    Problem *q = data;
    const double *z = N_VGetArrayPointer(v);
    double *o = N_VGetArrayPointer(out);
    if ((++q->jacobians & 63) == 0 && cpu() > q->deadline) return -1;
    product(q, N_VGetArrayPointer(u), z, o);
    for (int i = 0; i < q->dim; i++) o[i] = -o[i] - q->lambda * z[i];
    return 0;
}

static int matrix(realtype t, N_Vector u, N_Vector f, SUNMatrix m, void *data, N_Vector a, N_Vector b, N_Vector c) {
    Problem *q = data;
    double *entries = SUNDenseMatrix_Data(m);
    if (++q->jacobians && cpu() > q->deadline) return -1;
    hessian(q, N_VGetArrayPointer(u), entries);
    for (size_t k = 0; k < (size_t)q->dim * q->dim; k++) entries[k] = -entries[k];
    for (size_t i = 0; i < (size_t)q->dim; i++) entries[i * q->dim + i] -= q->lambda;
    return 0;
}

/* Dense LU by LAPACK as a linear solver of SUNDIALS (Debian's build has none). */
static int *pivots;

static SUNLinearSolver_Type lu_type(SUNLinearSolver s) { return SUNLINEARSOLVER_DIRECT; }

static int lu_factorise(SUNLinearSolver s, SUNMatrix m) {
    int d = (int)SUNDenseMatrix_Rows(m), info;
    dgetrf_(&d, &d, SUNDenseMatrix_Data(m), &d, pivots, &info);
    return info;
}

static int lu_solve(SUNLinearSolver s, SUNMatrix m, N_Vector x, N_Vector b, realtype tolerance) {
    int d = (int)SUNDenseMatrix_Rows(m), one = 1, info;
    N_VScale(1.0, b, x);
    dgetrs_("N", &d, &one, SUNDenseMatrix_Data(m), &d, pivots, N_VGetArrayPointer(x), &d, &info, 1);
    return info;
}

static Problem read(const char *path, double **start) {
    double head[8];
    FILE *file = fopen(path, "rb");
    if (!file || fread(head, 8, 8, file) != 8) exit(2);
    Problem q = {.kind = (int)head[0], .n = (int)head[1], .p = (int)head[2], .dim = (int)head[3], .side = (int)head[4]};
    q.half = q.kind == COMPLETION ? q.side * q.side : q.p;
    const size_t cells = q.kind == COMPLETION ? (size_t)q.half : (size_t)q.n * q.p;
    const size_t rest = q.kind == COMPLETION ? (size_t)q.half : (size_t)q.n;
    q.x = fresh(cells), q.y = fresh(rest), *start = fresh(q.dim);
    if (fread(q.x, 8, cells, file) != cells || fread(q.y, 8, rest, file) != rest || fread(*start, 8, q.dim, file) != (size_t)q.dim) exit(2);
    fclose(file);
    q.r = fresh(q.n), q.e = fresh(q.n), q.b = fresh(q.p), q.g = fresh(q.p);
    if (q.kind == COMPLETION) { /* cells are the matrix, rest is 1 where an entry is observed */
        q.row = calloc(q.n, sizeof(int)), q.col = calloc(q.n, sizeof(int));
        int k = 0;
        for (int c = 0; c < q.half; c++) {
            if (q.y[c] != 0) q.row[k] = c / q.side * q.side, q.col[k] = q.half + c % q.side * q.side, q.x[k] = q.x[c], k++;
        }
        q.y = q.x;
    } else {
        q.gram = fresh((size_t)q.p * q.p);
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, q.p, q.p, q.n, 1.0 / q.n, q.x, q.p, q.x, q.p, 0.0, q.gram, q.p);
    }
    return q;
}

int main(int count, char **argument) {
    const double slow[] = {0.1, 0.5, 1, 2, 5};
    if (count != 7) return fputs("cvode PROBLEM gmres|lu LAMBDA RTOL SECONDS OUT\n", stderr), 2;
    double *start;
    Problem q = read(argument[1], &start);
    const int lu = !strcmp(argument[2], "lu");
    const double rtol = atof(argument[4]);
    q.lambda = atof(argument[3]);
    FILE *out = fopen(argument[6], "wb");
    SUNContext context;
    if (!out || SUNContext_Create(NULL, &context)) return 2;
    const double began = cpu();
    q.deadline = began + atof(argument[5]);
    N_Vector u = N_VMake_Serial(q.dim, start, context);
    void *memory = CVodeCreate(CV_BDF, context);
    CVodeInit(memory, slope, 0.0, u);
    CVodeSetUserData(memory, &q);
    CVodeSStolerances(memory, rtol, 1e-2 * rtol);
    CVodeSetMaxNumSteps(memory, 2000000000L);
    if (lu) {
        SUNLinearSolver solver = SUNLinSolNewEmpty(context);
        solver->ops->gettype = lu_type, solver->ops->setup = lu_factorise, solver->ops->solve = lu_solve;
        pivots = calloc(q.dim, sizeof(int));
        CVodeSetLinearSolver(memory, solver, SUNDenseMatrix(q.dim, q.dim, context));
        CVodeSetJacFn(memory, matrix);
    } else {
        CVodeSetLinearSolver(memory, SUNLinSol_SPGMR(u, SUN_PREC_NONE, 30, context), NULL);
        CVodeSetJacTimes(memory, NULL, times);
    }
    realtype reached;
    for (int k = 0; k < 5; k++) {
        const int flag = CVode(memory, slow[k] / q.lambda, u, &reached, CV_NORMAL);
        if (flag < 0 && cpu() > q.deadline) return printf("not within %s CPU seconds, %d of 5 slow times reached\n", argument[5], k), 1;
        if (flag < 0) return printf("failed: %s at t = %g\n", CVodeGetReturnFlagName(flag), reached), 1;
        fwrite(N_VGetArrayPointer(u), 8, q.dim, out);
    }
    long steps;
    CVodeGetNumSteps(memory, &steps);
    printf("%.9g %ld %ld %ld\n", cpu() - began, q.evaluations, q.jacobians, steps);
    return fclose(out);
}
